"""The model: what a recipe and a cluster profile are once they are resolved."""
