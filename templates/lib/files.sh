for FILE in "${!FILES[@]}"; do # the container sees them in /bundle
  reviewed "services/${NAME}/${FILE}" "${FILES[${FILE}]}" "${HERE}/bundle"
done
