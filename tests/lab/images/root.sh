#!/usr/bin/env bash
# The root file system of every node, in DIR ($1): Debian trixie with Slurm, Lmod and Prometheus.
set -euo pipefail
root=$1
packages=(slurmctld slurmd slurm-client munge lmod prometheus apptainer/sid squashfs-tools
          squashfuse fuse-overlayfs fuse3 curl iproute2 procps python3 jq)

debootstrap --variant=minbase --include=ca-certificates trixie "$root" "$MIRROR"

# The host's way to the mirror is the root's way too.
cp /etc/resolv.conf "$root/etc/"
apt-config dump | grep -E '^Acquire::(https?|Check|Retries)' \
  >"$root/etc/apt/apt.conf.d/90host" || true
# Only sid has Apptainer; nothing else may come from there.
echo "deb $MIRROR sid main" >"$root/etc/apt/sources.list.d/sid.list"
printf 'Package: *\nPin: release a=unstable\nPin-Priority: 50\n' >"$root/etc/apt/preferences.d/sid"
printf 'force-unsafe-io\npath-exclude=/usr/share/doc/*\n' >"$root/etc/dpkg/dpkg.cfg.d/lab"
# No daemon starts while it is installed.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"

mount -t proc proc "$root/proc"
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
chroot "$root" apt-get update -qq
chroot "$root" apt-get install -y -qq --no-install-recommends "${packages[@]}"
chroot "$root" apt-get clean
umount "$root/proc"

for user in alice:2001 bob:2002; do
  chroot "$root" useradd --create-home --uid "${user#*:}" --shell /bin/bash "${user%:*}"
  chmod 700 "$root/home/${user%:*}"
done

# Modules that a site's scripts load; they only have to exist.
for module in env/release/2023.1 Apptainer/1.2.4-GCCcore-12.3.0 Apptainer/1.3.1-GCCcore-12.3.0; do
  install -D -m 644 /dev/null "$root/etc/lmod/modules/$module.lua"
done
