"""What a secret looks like, said once, and where it must not be."""
