"""The metrics of a reward model on held-out situations.

Best-of-n sampling keeps the reply with the highest expected score. So its metrics compare three
choices among the replies to a prompt: the model's, a random one, and the best one there is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from training.trainer.checkpointed import EVAL_LOSS

EVAL_ACCURACY = "eval_pair_accuracy"
EVAL_BEST_OF_N = "eval_good_best_of_n"
EVAL_RANDOM = "eval_good_random"
EVAL_POSSIBLE = "eval_good_possible"
"""The names of the metrics in the Trainer's log."""

GOOD = 3
"""The lowest score of a good reply."""


@dataclass(frozen=True, slots=True)
class ScoredSituation:
    """How the replies to a prompt were scored, by the model and by its judges."""

    loss: float
    expected: list[float]
    """The expected scores of the replies."""
    scores: list[int]
    """Their true ones."""

    def pairs(self) -> Iterator[float]:
        """Yield 1 for each pair of replies that the model puts in their order, else 0; a tie is a
        half. Replies with the same score are no pair."""
        for better, score in zip(self.expected, self.scores, strict=True):
            for worse, lower in zip(self.expected, self.scores, strict=True):
                if score > lower:
                    yield 0.5 if better == worse else float(better > worse)

    def is_choice_good(self) -> bool:
        """Whether the reply that the model likes best is good."""
        return self.scores[self.expected.index(max(self.expected))] >= GOOD

    def good_share(self) -> float:
        """Return the share of good replies: how often a random choice is one."""
        return sum(score >= GOOD for score in self.scores) / len(self.scores)


def summarise(situations: Sequence[ScoredSituation]) -> dict[str, float]:
    """Return the mean loss, and each metric as a share.

    The accuracy is that of pairs of replies to one prompt; it is left out where there is no pair.
    """
    pairs = [each for situation in situations for each in situation.pairs()]
    shares = [situation.good_share() for situation in situations]
    metrics = {
        EVAL_LOSS: _mean([situation.loss for situation in situations]),
        EVAL_BEST_OF_N: _mean([situation.is_choice_good() for situation in situations]),
        EVAL_RANDOM: _mean(shares),
        EVAL_POSSIBLE: _mean([share > 0 for share in shares]),
    }
    return metrics | ({EVAL_ACCURACY: _mean(pairs)} if pairs else {})


def describe(metrics: Mapping[str, float]) -> str:
    """Return the metrics in words."""
    accuracy = metrics.get(EVAL_ACCURACY)
    order = "" if accuracy is None else f"{accuracy:.1%} of held-out pairs in their order, "
    return (
        f"{order}the best of n is good in {metrics[EVAL_BEST_OF_N]:.1%} of held-out situations (a "
        f"random reply in {metrics[EVAL_RANDOM]:.1%}, any of them in "
        f"{metrics[EVAL_POSSIBLE]:.1%})"
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
