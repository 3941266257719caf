secret=${secret//%/%25} secret=${secret//,/%2C}
export OTEL_EXPORTER_OTLP_ENDPOINT="${url}" OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
export OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20${secret}"
export OTLP_GRPC_ENDPOINT="http://${host}:${grpc}"
