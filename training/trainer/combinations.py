"""Refuse options that contradict each other, before anything is loaded."""

from collections.abc import Iterator, Mapping
from typing import Any

from dungeon.errors import InputRefused
from training.trainer.options import ADAPTER_OPTIONS, flag


def check_combinations(given: Mapping[str, Any]) -> None:
    """Raise InputRefused, naming both options, where two of those that are `given` contradict.

    What depends on the model, the corpus or the devices is checked where the plan is made.
    """
    for problem in _contradictions(given):
        raise InputRefused(problem)


def _contradictions(given: Mapping[str, Any]) -> Iterator[str]:
    method = given.get("method")
    adapter = [name for name in ADAPTER_OPTIONS if given.get(name) not in (None, False)]
    if given.get("from_scratch"):
        if method == "lora":
            yield (
                "Random weights must all be trained, which an adapter does not do. Leave out "
                "--method lora, or --from-scratch."
            )
        for name in adapter:
            yield (
                f"Random weights must all be trained, and {flag(name)} is for an adapter. Leave "
                f"out {flag(name)}, or --from-scratch."
            )
        if given.get("freeze_layers"):
            yield (
                "Random weights must all be trained, and --freeze-layers keeps some as they are. "
                "Leave out --freeze-layers, or --from-scratch."
            )
    if method == "full":
        for name in adapter:
            yield (
                f"{flag(name)} is for an adapter, and --method full trains all weights. Leave out "
                "one of them."
            )
