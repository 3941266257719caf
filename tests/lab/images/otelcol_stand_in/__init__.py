"""A stand-in for otelcol-contrib: OTLP in, Prometheus remote write and files out.

It reads the configuration that the real one reads, refuses a key that the real one does not know,
and speaks the real protocols: OTLP over HTTP and gRPC, remote write 1.0, and its own metrics by the
names of the collector's documentation. Memory is measured, and never refused.
"""
