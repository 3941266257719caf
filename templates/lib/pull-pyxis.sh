pull() { # SOURCE IMAGE: whole, or not there
  mkdir -p -- "${2%/*}" && rm -f -- "$2.part" || return 73
  enroot import --output "$2.part" "$1" || return 1
  mv -T -- "$2.part" "$2" || return 73
}
