"""Test how the player's choices and what suits a model are combined."""

from dataclasses import replace

from dungeon.models.catalog import recommended_sampling
from dungeon.session.generation_defaults import apply_changed, carry_over, combine
from dungeon.settings import Settings
from dungeon.settings.presets import PRESETS

SMALL, LARGE = "smollm2", "wayfarer-12b"


def test_what_the_player_chose_goes_before_what_suits_the_model() -> None:
    usual = combine(Settings(), LARGE)
    assert usual.sampling == recommended_sampling(LARGE)
    assert combine(Settings(), SMALL).sampling.guidance == 1.5
    assert combine(Settings(guidance=1.0), SMALL).sampling.guidance == 1.0
    assert combine(Settings(reply_tokens=99), SMALL).reply_tokens == 99
    assert combine(Settings(preset="wild"), LARGE).sampling == PRESETS["wild"]
    assert combine(Settings(preset="wild"), LARGE).with_preset("storyteller") == usual
    assert not combine(Settings(write_ahead=True), LARGE, is_local=False).write_ahead


def test_a_game_takes_over_a_setting_that_was_changed_and_nothing_else():
    current = replace(combine(Settings(), SMALL), retrieval=False)
    fresh = combine(Settings(state="auto", guidance=2.0, reply_tokens=99), SMALL)
    assert apply_changed(("state", "theme"), current, fresh) == replace(current, state="auto")
    assert apply_changed(["guidance"], current, fresh).sampling.guidance == 2.0


def test_what_was_chosen_for_a_game_outlives_its_model() -> None:
    before, after = combine(Settings(), SMALL), combine(Settings(), LARGE, is_local=True)
    assert carry_over(before, before, after) == after
    chosen = replace(before, reply_tokens=99, retrieval=False)
    assert carry_over(chosen, before, after) == replace(after, reply_tokens=99, retrieval=False)


def test_a_preset_and_the_guidance_are_carried_over_apart() -> None:
    before, after = combine(Settings(), SMALL), combine(Settings(), LARGE)
    wild = replace(before, sampling=replace(PRESETS["wild"], guidance=1.5))
    assert carry_over(wild, before, after).sampling == PRESETS["wild"]
    guided = replace(before, sampling=replace(before.sampling, guidance=2.0))
    assert carry_over(guided, before, after).sampling == replace(after.sampling, guidance=2.0)
