export OPENENV_URL="${url}"
