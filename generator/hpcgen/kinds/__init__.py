"""The contract of a kind: what the folders of `services/` are written with, and offer."""
