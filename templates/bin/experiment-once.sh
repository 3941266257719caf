choose "$@"
((${#ORDER[@]})) && serve "${SERVERS[@]}"
run
