"""The loss of a reward model, against the formula written out."""

import math

import pytest
import torch

from tests.rows import every_row
from training.rewards.loss import expected_scores, reward_loss

SCORES = [4, 0, 3, 3]


def by_hand(logits: list[list[float]], scores: list[int], weight: float) -> float:
    probabilities = [[math.exp(x) / sum(map(math.exp, row)) for x in row] for row in logits]
    loss = -sum(
        math.log(row[score]) for row, score in zip(probabilities, scores, strict=True)
    ) / len(scores)
    expected = [sum(n * p for n, p in enumerate(row)) for row in probabilities]
    pairs = [
        math.log1p(math.exp(-2 * (expected[i] - expected[j]))) * min(scores[i] - scores[j], 2)
        for i in range(len(scores))
        for j in range(len(scores))
        if scores[i] > scores[j]
    ]
    return loss + weight * (sum(pairs) / len(pairs) if pairs else 0.0)


@every_row("weight", [0.0, 1.0, 0.3])
@every_row("scores", [SCORES, [2, 2, 2, 2]])
def test_the_loss_is_cross_entropy_and_ranking(weight: float, scores: list[int]) -> None:
    logits = torch.randn(4, 5, generator=torch.Generator().manual_seed(1))
    found = reward_loss(logits, torch.tensor(scores), weight)
    assert float(found) == pytest.approx(by_hand(logits.tolist(), scores, weight), rel=1e-5)


def test_one_reply_has_a_loss() -> None:
    loss = reward_loss(torch.zeros(1, 5), torch.tensor([2]), 1.0)
    assert float(loss) == pytest.approx(math.log(5))


def test_expected_scores_are_means() -> None:
    logits = torch.tensor([[0.0] * 5, [0.0, 0.0, 0.0, 0.0, 50.0]])
    assert expected_scores(logits).tolist() == pytest.approx([2.0, 4.0])
