"""The rules of a recipe as a whole, each module named after its subject."""
