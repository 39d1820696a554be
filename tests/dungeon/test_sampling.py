"""Tests of the sampling presets."""

import itertools

import pytest

from dungeon.errors import InputRefused
from dungeon.sampling import PRESETS, Sampling, get_preset


def test_an_unknown_preset_names_those_there_are() -> None:
    with pytest.raises(InputRefused, match="storyteller"):
        get_preset("bold")


@pytest.mark.parametrize("name", PRESETS)
def test_each_attempt_is_harder_on_repeats(name: str) -> None:
    settings = [get_preset(name), *(get_preset(name).with_stronger_penalties(n) for n in (1, 2, 3))]
    for before, after in itertools.pairwise(settings):
        assert after.dry_multiplier > before.dry_multiplier
        assert after.repeat_penalty > before.repeat_penalty
        assert after.temperature >= before.temperature


def test_the_document_holds_every_setting() -> None:
    assert Sampling(**Sampling(temperature=0.1).to_dict()) == Sampling(temperature=0.1)
