"""Report the progress of a reward model's training."""

from collections.abc import Mapping

from training.replies.progress import ReplyProgress
from training.rewards import metrics as reward_metrics


class RewardProgress(ReplyProgress):
    """The progress of any training, with evaluations on situations."""

    def describe(self, metrics: Mapping[str, float]) -> str:
        """Return how well the model tells replies apart, and what it chooses."""
        return reward_metrics.describe(metrics)
