"""What a reward model is trained for: the score of each reply, and the order of several."""

from dataclasses import asdict, dataclass

RANKING_WEIGHT = 1.0


@dataclass(frozen=True, slots=True)
class Objective:
    """What is asked for; None means the default, or what the resumed run has."""

    ranking_weight: float | None = None
    """Weight of the ranking loss, next to the cross-entropy of the scores."""

    def asked(self) -> dict[str, float]:
        """Return what is not None, by name."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def filled(self) -> dict[str, float]:
        """Return every value by name, with the defaults."""
        return {"ranking_weight": RANKING_WEIGHT} | self.asked()
