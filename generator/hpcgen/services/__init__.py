"""The kinds of services and clients: one folder each, found by listing (see `model/kind.py`)."""
