"""The definition of what a secret looks like, and the masking of secrets."""
