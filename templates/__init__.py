"""Templates of the artefacts, and the bash library they include."""
