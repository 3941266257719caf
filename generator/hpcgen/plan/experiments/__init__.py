"""Experiments: the jobs of their rows, and the tables that these read."""
