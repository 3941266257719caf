"""JSON Schemas of the recipe, the cluster profile and the manifest."""
