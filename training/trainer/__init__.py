"""Train a model: hyperparameters, setup, the training loop, checkpoints. Start at `finetune.py`."""
