#!/usr/bin/env bash
# lab: sandbox
# What a site with podman-hpc has beside the nodes' own files ($ROOT): site.tar in DIR ($1), to be
# unpacked over them. Podman from Debian, the wrapper from NERSC, and subordinate ids.
set -euo pipefail
packages=podman,crun,uidmap,conmon,fuse-overlayfs,squashfuse,inotify-tools
packages+=,python3-click,python3-toml,python3-yaml
tree=$1/tree python=usr/lib/python3/dist-packages
debootstrap --variant=minbase --include="$packages" trixie "$tree" "$MIRROR"
python3 -m pip install --quiet --no-compile --no-deps --target "$1/wheel" podman-hpc==1.2.2

cp -r "$1/wheel/podman_hpc" "$tree/$python/"
cp -r "$1/wheel/etc/podman_hpc" "$tree/etc/"
install -D -m 755 -t "$tree/usr/bin" "$1/wheel/bin/fuse-overlayfs-wrap"
install -m 755 /dev/stdin "$tree/usr/bin/podman-hpc" <<'PY'
#!/usr/bin/python3
from podman_hpc.podman_hpc import main
main()
PY
mkdir -p "$tree/usr/share/containers/oci/hooks.d"
printf '%s\n' alice:200000:65536 bob:300000:65536 | tee "$tree/etc/subuid" >"$tree/etc/subgid"

cd "$tree"
find etc usr ! -type d ! -path 'usr/share/doc/*' ! -path 'usr/share/man/*' | while IFS= read -r file; do
  [[ -e $ROOT/$file && $file != etc/sub?id ]] || printf '%s\n' "$file" usr/share/containers/oci/hooks.d
done | sort -u | tar --create --file=../site.tar --owner=0 --group=0 --files-from=-
rm -rf "$tree" "$1/wheel"
