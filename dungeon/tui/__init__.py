"""The game on the whole screen, in Textual. `app.run` opens it; nothing is imported before that."""
