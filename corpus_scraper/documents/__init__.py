"""Render story graphs as training documents."""
