probe() { # the collector works, and takes OTLP from whoever has our token, and from nobody else
  takes_otlp "${HEALTH_PORT}"
}
