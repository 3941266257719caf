FEW=0
lost_fleet() { # end where too few replicas are left, each of which is a job of its own
  [[ -e ${HERE}/endpoint && ${#NODES[@]} -lt ${MIN_HEALTHY} ]] || { FEW=0; return; }
  ((FEW++ < 3)) || # a network file system may have forgotten them, once
    die 69 "${#NODES[@]} replicas serve, and min_healthy is ${MIN_HEALTHY}"
}
