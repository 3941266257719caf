"""Text of one kind each: bash, Markdown, tables, units."""
