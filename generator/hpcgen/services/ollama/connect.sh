export OLLAMA_HOST="${url}" OPENAI_BASE_URL="${url}/v1" OPENAI_MODEL="${model}"
export OPENAI_API_KEY=ollama # its clients demand a key; Ollama asks for none
