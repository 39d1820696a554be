"""Import and export adventures: one module a format."""
