"""Provides the weights of models: which there are, how they come here, and in what form they play.

Knows nothing of the game nor of engines; training uses it too.
"""
