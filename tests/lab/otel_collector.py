"""The OpenTelemetry collector's stand-in in the lab, and the program that sends to it."""

from __future__ import annotations

from pathlib import Path

IMAGE = "otelcol-stand-in"
SENDER = Path(__file__).with_name("otlp_sender.py").read_text(encoding="utf-8")
