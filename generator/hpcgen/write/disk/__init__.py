"""The bundle on disk: what is there, what must change, and how it changes safely."""
