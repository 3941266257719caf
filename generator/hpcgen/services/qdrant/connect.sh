export QDRANT_URL="${url}" QDRANT_API_KEY="${secret}"
