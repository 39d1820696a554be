"""Provides the screens, one file each."""
