"""Train a model on pairs of replies, chosen and rejected, with DPO."""
