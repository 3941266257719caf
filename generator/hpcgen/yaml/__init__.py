"""Strict YAML: parse events into nodes with their places (the work of `load`)."""
