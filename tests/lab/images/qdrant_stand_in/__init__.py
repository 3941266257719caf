"""Answers as Qdrant 1.16 does, and keeps each collection in a file."""
