pull() { # SOURCE IMAGE: into the storage that the compute nodes read, too
  podman-hpc pull "$1" && has "$2"
}
