"""The hyperparameters that are preference tuning's own."""

from training.replies.plan import Rules
from training.trainer.hyperparameters import Hyperparameter

LEARNING_RATE = 1e-4

EPOCHS = 2
"""In our own trial a third one cost more on other text than it gained (docs/benchmarks.md)."""

RULES = Rules(
    option="--preferences",
    unit="pair",
    learning_rate=Hyperparameter(LEARNING_RATE, "for an adapter, measured"),
    epochs=Hyperparameter(EPOCHS, "more costs the quality of other text"),
    micro_batch_size=2,
    micro_batch_size_gpu=8,
    rank_reason="small, enough for a taste",
    dropout_reason="the base holds the model back already",
)
