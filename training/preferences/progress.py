"""Report the progress of preference tuning."""

from collections.abc import Mapping

from training.preferences.trainer import EVAL_ACCURACY, EVAL_MARGIN
from training.replies.progress import ReplyProgress


class PreferenceProgress(ReplyProgress):
    """The progress of any training, with evaluations on pairs."""

    def describe(self, metrics: Mapping[str, float]) -> str:
        """Return how many pairs came out as the player chose."""
        return (
            f"{metrics[EVAL_ACCURACY]:.1%} of the held-out pairs as the player chose, by "
            f"{metrics[EVAL_MARGIN]:.2f} nats"
        )
