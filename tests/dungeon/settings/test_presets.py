"""Tests of the sampling presets that ship, and of the player's own."""

import itertools
from dataclasses import replace

import pytest

from dungeon.errors import InputRefused
from dungeon.settings import Settings, load, save
from dungeon.settings.presets import MAX_OWN, PRESETS, Presets
from dungeon.settings.sampling import Sampling
from tests.rows import every_row


def test_an_unknown_preset_names_those_there_are() -> None:
    with pytest.raises(InputRefused, match="storyteller"):
        Presets().get("bold")


@every_row("name", PRESETS)
def test_each_attempt_is_harder_on_repeats(name: str) -> None:
    preset = PRESETS[name]
    settings = [preset, *(preset.with_stronger_penalties(n) for n in (1, 2, 3))]
    for before, after in itertools.pairwise(settings):
        assert after.dry_multiplier > before.dry_multiplier
        assert after.repeat_penalty > before.repeat_penalty
        assert after.temperature >= before.temperature


def test_own_presets_are_kept_in_the_settings_file(tmp_path) -> None:
    path = tmp_path / "settings.toml"
    mood = Sampling(top_k=40, xtc_probability=0.5, mirostat=2, dry_base=2.0)
    presets = Presets().with_own("my mood", replace(mood, guidance=2))
    save(path, Settings(preset="my mood", presets=presets.own))
    assert load(path).presets == {"my mood": mood}
    path.write_text('preset = "calm"\n[presets.calm]\ntemperature = 0\ntop_k = 5.0\n')
    assert load(path).presets == {"calm": Sampling(temperature=0, top_k=5)}


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('preset = "calm"', "“calm”"),
        ("presets = 3", "headed"),
        ("[presets]\ncalm = 3", "calm must be a table"),
        ("[presets.calm]\ntemperature = 9", "calm: `temperature` must be"),
        ("[presets.calm]\ntemperature = true", "calm: `temperature` must be"),
        ("[presets.calm]\ntop_kay = 9", "Did you mean `top_k`"),
        ("[presets.calm]\nguidance = 2", "setting of its own"),
        ("[presets.wild]\ntop_k = 9", "belongs to the game"),
        ("[presets.Calm]\ntop_k = 9", "small letters"),
        ('[presets."a\\nb"]\ntop_k = 9', "small letters"),
        ("".join(f"[presets.p{n}]\n" for n in range(MAX_OWN + 1)), "at most"),
    ],
)
def test_wrong_presets_are_refused(tmp_path, toml: str, said: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(toml)
    with pytest.raises(InputRefused, match=said):
        load(path)


def test_what_differs_from_a_preset_is_named() -> None:
    presets = Presets(chosen="wild")
    assert presets.describe(PRESETS["wild"]) == "wild"
    assert presets.describe(Sampling(1.1, 0, 0.98, 0.2, guidance=2)) == "wild, with min_p 0.2"


def test_only_own_presets_are_deleted() -> None:
    presets = Presets().with_own("calm", Sampling())
    assert presets.chosen == "calm"
    assert presets.without("calm") == Presets()
    for name in ("wild", "missing"):
        with pytest.raises(InputRefused):
            presets.without(name)
