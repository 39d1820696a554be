"""One module for each schema version. A released one never changes."""
