"""The player's files: where they are, and how they are read and written."""
