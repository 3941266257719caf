has() { [[ $(podman-hpc images --quiet "$1" 2>/dev/null) ]]; } # IMAGE
