  export OPENAI_BASE_URL="http://${host}:${port}/v1" OPENAI_API_KEY="${secret}" OPENAI_MODEL="${model}"
