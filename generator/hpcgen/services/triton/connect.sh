export TRITON_URL="${url}" TRITON_GRPC_URL="grpc://${host}:${grpc_port}"
