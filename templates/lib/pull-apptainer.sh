pull() { # SOURCE IMAGE: whole, or not there
  mkdir -p -- "${2%/*}" || return 73
  "${PROGRAM}" pull --force "$2.part" "$1" || return 1
  mv -T -- "$2.part" "$2" || return 73
}
