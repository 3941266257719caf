"""The part of a job that one service or client is."""
