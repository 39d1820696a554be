"""Turn interactive fiction into a training corpus: scrape, import, convert, filter.

The corpus folder is the only interface to the trainer. Of the game, only its text modules are used.
"""
