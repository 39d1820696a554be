"""Provides the training itself: the plan and its reasons, the loop, checkpoints, what is told.

`finetune.py` is the way through. Knows nothing of the command line.
"""
