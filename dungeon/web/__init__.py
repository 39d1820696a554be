"""The game in a browser: one page, and a process of its own for each game that is open in it.

The page and the terminal in it are those of textual-serve; the model is loaded once, for all games.
"""

KEY_VARIABLE = "GRUE_WEB_MODEL_KEY"
"""The environment variable with which a game's process gets the key to the model."""
