"""Saves: every adventure with every branch, in one SQLite file."""
