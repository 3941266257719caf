export CHROMA_HOST="${host}" CHROMA_PORT="${port}" CHROMA_SSL=false
