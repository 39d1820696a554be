"""Provides the game on the whole screen. `app.run` opens it; nothing is imported before that."""
