"""Diagnostics and the pages of their codes, as people and machines read them."""
