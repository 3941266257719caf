"""Answers as `ollama serve` 0.18.2 does, without a model."""
