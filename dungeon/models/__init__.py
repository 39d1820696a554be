"""Models: find, download, verify and prepare their weights, for the game and for training."""
