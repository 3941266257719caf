export OPENAI_BASE_URL="http://${host}:${port}/v1" OPENAI_MODEL="${model}"
export OPENAI_API_KEY="${secret}"
