"""The bundle as a value: its files, and the manifest that lists them."""
