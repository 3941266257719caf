# [lib/cluster.sh]
