"""Text formats: bash, Markdown, tables, units."""
