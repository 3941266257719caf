if (($#)); then
  echo "usage: bin/pull-images.sh
Fetches the images that are not there yet: ${SOURCES[*]}"
  [[ $1 == -h || $1 == --help ]] && exit 0
  exit 64
fi
for i in "${!SOURCES[@]}"; do
  has "${IMAGES[i]}" && echo "there already: ${IMAGES[i]}" && continue
  echo "fetching ${SOURCES[i]}"
  pull "${SOURCES[i]}" "${IMAGES[i]}" || exit
done
