# [lib/listeners.sh]
