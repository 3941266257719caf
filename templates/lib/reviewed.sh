reviewed() { # FILE of the bundle, its SHA256, DIRECTORY: copy it there, and only the reviewed one
  local from=${RUN}/files/$2/${1##*/}
  [[ -e ${from} ]] || from=${BUNDLE}/$1
  mkdir -p -- "$3" && cp -f -- "${from}" "$3/"
  sha256sum --check --status <<<"$2  $3/${1##*/}" ||
    die 78 "${from} is not the file this job was built with; build the bundle again"
}
