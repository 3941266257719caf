"""Answers as `vllm serve` 0.32.0 does, without a model."""
