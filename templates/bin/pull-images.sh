[[ ${1:-} == -h || ${1:-} == --help ]] && echo "usage: bin/pull-images.sh
Fetches the images that are not there yet: ${SOURCES[*]}" && exit 0
for i in "${!SOURCES[@]}"; do
  [[ -e ${IMAGES[i]} ]] && echo "is there: ${IMAGES[i]}" && continue
  mkdir -p -- "${IMAGES[i]%/*}" || exit 73
  echo "pulling ${SOURCES[i]}"
  "${PROGRAM}" pull --disable-cache "${IMAGES[i]}.part" "${SOURCES[i]}" &&
    mv -T -- "${IMAGES[i]}.part" "${IMAGES[i]}" || { rm -f -- "${IMAGES[i]}.part"; exit 1; }
done
