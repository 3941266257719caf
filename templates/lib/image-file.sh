has() { [[ -r $1 ]]; } # IMAGE
