"""The hyperparameters that are those of a reward model."""

from training.replies.plan import Rules
from training.trainer.hyperparameters import Hyperparameter

LEARNING_RATE = 4e-4
"""Higher than that of preference tuning: nothing holds the model to its base, whose prose it need
not keep."""

EPOCHS = 2

RULES = Rules(
    option="--scores",
    unit="situation",
    learning_rate=Hyperparameter(LEARNING_RATE, "for an adapter that need not keep the prose"),
    epochs=Hyperparameter(EPOCHS, "more would learn the replies by heart"),
    micro_batch_size=1,  # a row of its own in any case, with its prompt read once
    micro_batch_size_gpu=8,
    rank_reason="small, enough for a judgement",
    dropout_reason="a reply is seldom repeated",
)
