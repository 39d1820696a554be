"""Read files of training data as people have them: JSON Lines, JSON, CSV, Parquet, Arrow, text.

A file is recognised by its content, read row by row, and each row becomes examples: text with what
in it is memory, context, a player's action or a reply. The scraper and the trainer both use this.
"""
