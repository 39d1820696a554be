"""Tests of the sampling settings."""

from dataclasses import fields
from pathlib import Path

import pytest

from dungeon.errors import InputRefused
from dungeon.settings.sampling import Sampling
from dungeon.settings.sampling_fields import FIELDS, find_field


def test_every_setting_is_described_and_has_its_default_within_its_bounds() -> None:
    assert [field.name for field in FIELDS] == [field.name for field in fields(Sampling)]
    for field in FIELDS:
        assert field.summary.endswith(".")
        assert field.check(field.default) == field.default
        assert isinstance(field.check(field.default), int if field.is_whole else float)


def test_values_are_parsed_within_their_bounds() -> None:
    assert find_field("Top-K").parse("40") == 40
    assert find_field("temperature").parse("0.7") == 0.7
    assert find_field("temperature").parse("default") == Sampling().temperature
    assert find_field("top_p").parse("off") == 1
    for name, wrong in [
        ("temperature", "-1"), ("temperature", "nan"), ("temperature", "hot"),
        ("temperature", "off"), ("top_k", "1.5"), ("top_k", "9" * 5000), ("top_p", "1e400"),
    ]:  # fmt: skip
        with pytest.raises(InputRefused, match=rf"`{name}` must be a .*number from"):
            find_field(name).parse(wrong)
    with pytest.raises(InputRefused, match=r"to 1000, not 99999\.$"):
        find_field("top_k").parse("99999")
    with pytest.raises(InputRefused, match="Did you mean `temperature`"):
        find_field("temprature")


def test_the_table_of_the_documentation_is_true() -> None:
    page = (Path(__file__).parents[3] / "docs" / "sampling.md").read_text(encoding="utf-8")
    for each in FIELDS:
        default = "the model's" if each.name == "guidance" else f"{each.default:g}"
        row = f"`{each.name}` | {each.minimum:g} | {each.maximum:g} | {default} | {each.summary}"
        assert f"| {row} |" in page


def test_steps_stay_within_the_bounds() -> None:
    temperature = find_field("temperature")
    assert temperature.step_from(0.5, 1) == 0.6
    assert temperature.step_from(0.05, -1) == 0
    assert temperature.step_from(2, 1) == 2


def test_the_document_holds_every_setting() -> None:
    assert Sampling(**Sampling(temperature=0.1).to_dict()) == Sampling(temperature=0.1)
