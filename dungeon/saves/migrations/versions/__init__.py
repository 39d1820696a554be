"""Provides one file a schema, from the first on. What was released is never changed."""
