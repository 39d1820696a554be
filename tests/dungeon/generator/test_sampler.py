"""Tests that tokens are sampled as llama.cpp samples them."""

import math
from collections import Counter

import numpy as np
import pytest

from dungeon.generator.detokenizer import Detokenizer
from dungeon.generator.sampler import Sampler
from dungeon.generator.token_scores import MAX_ALTERNATIVES
from dungeon.settings.sampling import Sampling
from tests.rows import every_row

OFF = {"top_p": 1.0, "min_p": 0.0, "repeat_penalty": 1.0, "dry_multiplier": 0.0}
LOGITS = np.log(np.array([0.5, 0.25, 0.15, 0.07, 0.03], dtype=np.float32))


def sampler(history=(), breakers=frozenset(), seed=1, **changes):
    return Sampler(Sampling(**OFF | {"temperature": 1.0} | changes), seed, history, breakers)


@every_row(
    ("changes", "left"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"top_k": 2}, [0, 1]),
        ({"top_k": 9}, [0, 1, 2, 3, 4]),
        ({"top_p": 0.7}, [0, 1]),
        ({"top_p": 0.76}, [0, 1, 2]),
        ({"min_p": 0.2}, [0, 1, 2]),
        ({"min_p": 0.2, "top_p": 0.6}, [0, 1]),
        ({"top_k": 3, "top_p": 0.84}, [0, 1, 2]),  # shares are those of what top_k leaves
        ({"top_k": 3, "top_p": 0.8}, [0, 1]),
        ({"top_p": 0.01}, [0]),
    ],
)
def test_the_candidates_that_the_filters_leave(changes, left):
    shuffled = [3, 0, 4, 1, 2]
    tokens, _ = sampler(**changes).candidates(LOGITS[shuffled])
    assert [shuffled[token] for token in tokens] == left


def test_tokens_are_sampled_by_their_probability():
    chooser = sampler()
    counted = Counter(chooser.next(LOGITS) for _ in range(4000))
    for token, logit in enumerate(LOGITS):
        assert counted[token] / 4000 == pytest.approx(math.exp(logit), abs=0.03)


def test_temperature_comes_last_and_zero_is_greedy():
    hot = sampler(temperature=100.0, top_p=0.7)
    counted = Counter(hot.next(LOGITS) for _ in range(2000))
    assert set(counted) == {0, 1}
    assert counted[0] == pytest.approx(1000, abs=120)
    assert sampler(temperature=0.0).next(LOGITS) == 0


def test_a_probability_that_underflows_to_zero_is_never_drawn():
    logits = np.array([0.0, -2_000.0], dtype=np.float32)
    assert {sampler(seed=seed, temperature=100.0).next(logits) for seed in range(20)} == {0}


def test_a_seed_repeats_the_tokens():
    first, again, other = sampler(seed=7), sampler(seed=7), sampler(seed=8)
    chosen = [first.next(LOGITS) for _ in range(30)]
    assert [again.next(LOGITS) for _ in range(30)] == chosen
    assert [other.next(LOGITS) for _ in range(30)] != chosen


def test_biases_change_the_logits_and_bans_outweigh_them():
    biased = Sampler(
        Sampling(**OFF | {"temperature": 0.0}),
        1,
        [],
        set(),
        logit_bias={3: 9.0, 4: 20.0},
        banned={4},
    )
    assert biased.next(LOGITS) == 3
    assert biased.penalise(LOGITS)[4] == -np.inf


def test_xtc_passes_over_the_likeliest_as_often_as_it_should():
    always = sampler(xtc_probability=1.0, xtc_threshold=0.1)
    assert {always.next(LOGITS) for _ in range(300)} == {2, 3, 4}
    seldom = sampler(xtc_probability=0.5, xtc_threshold=0.1)
    counted = Counter(seldom.next(LOGITS) for _ in range(4000))
    assert counted[0] / 4000 == pytest.approx(0.25, abs=0.03)


def test_the_dynamic_temperature_follows_the_entropy():
    even, certain = np.zeros(5, np.float32), np.array([0, -20, -20, -20, -20], np.float32)
    moving = sampler(dynatemp_range=0.5)
    assert moving._temperature(moving.candidates(even)[1]) == pytest.approx(1.5)
    assert moving._temperature(moving.candidates(certain)[1]) == pytest.approx(0.5, abs=0.01)
    later = sampler(dynatemp_range=0.5, dynatemp_exponent=4.0)
    between = later.candidates(LOGITS)[1]
    assert later._temperature(between) < moving._temperature(between)
    greedy = sampler(temperature=0.0, dynatemp_range=0.5)
    assert len({greedy.next(even) for _ in range(50)}) > 1


@every_row(
    ("changes", "token"),
    [({"xtc_probability": 1.0}, 2), ({"typical_p": 0.2}, 1), ({"xtc_probability": 0.0}, 0)],
)
def test_at_temperature_zero_it_is_the_likeliest_that_xtc_and_typical_p_leave(changes, token):
    assert sampler(temperature=0.0, **changes).next(LOGITS) == token


def test_mirostat_leaves_the_other_settings_out_but_for_bans():
    steered = Sampler(
        Sampling(mirostat=2, temperature=1.0, top_k=1, repeat_penalty=2.0), 1, [0, 1], set(),
        banned={0},
    )  # fmt: skip
    assert steered.penalise(LOGITS)[1:].tolist() == LOGITS[1:].tolist()
    assert {steered.next(LOGITS) for _ in range(300)} == {1, 2, 3, 4}


def test_adaptive_p_lists_the_others_likeliest_first():
    steered = sampler(adaptive_target=0.1)
    steered.next(LOGITS)
    chances = [chance for _, chance in steered.others]
    assert chances == sorted(chances, reverse=True)
    assert len(chances) == 4


def pieces(tokens, stops=(), table=None):
    known = table or {n: bytes([n]) for n in range(256)}
    text = Detokenizer(
        lambda ids: b"".join(known[i] for i in ids).decode("utf-8", errors="replace"), stops
    )
    told = [text.add(token) for token in tokens]
    return [*told, text.rest()], text.stopped


def test_an_incomplete_character_is_held_back():
    told, _ = pieces("a漢🗝".encode())
    assert told == ["a", "", "", "漢", "", "", "", "🗝", ""]
    assert pieces("a漢".encode()[:-1])[0] == ["a", "", "", ""]


def test_text_ends_before_a_stop_string():
    told, stopped = pieces(b"ab\n>cd", stops=("\n>",))
    assert "".join(told) == "ab"
    assert stopped
    told, stopped = pieces(b"ab\ncd\n", stops=("\n>", ""))
    assert told == ["a", "b", "", "\nc", "d", "", "\n"]
    assert not stopped


def test_a_sampler_lists_what_it_could_have_sampled():
    logits = np.log(np.array([0.5, 0.25, 0.2, 0.05], np.float32))
    sampler = Sampler(Sampling(temperature=1.0, top_p=1.0, min_p=0.2), 3, [], set())
    token = sampler.next(logits)
    chances = {0: 0.5 / 0.95, 1: 0.25 / 0.95, 2: 0.2 / 0.95}
    del chances[token]
    assert dict(sampler.others) == pytest.approx(chances, rel=1e-5)
    many = Sampler(Sampling(temperature=1.0, top_p=1.0, min_p=0.0), 3, [], set())
    many.next(np.zeros(1000, np.float32))
    assert len(many.others) == MAX_ALTERNATIVES
    greedy = Sampler(Sampling(temperature=0.0), 3, [], set())
    assert (greedy.next(logits), greedy.others) == (0, [])


def test_the_variants_of_a_token_are_what_it_would_have_been_shown_as():
    table = dict(enumerate([b"You", b" go", b"\n", b">", b"\xe6", b" \xe6", b""]))
    text = Detokenizer(lambda ids: b"".join(table[i] for i in ids).decode("utf-8", "replace"),
                       ["\n>"])  # fmt: skip
    assert text.variants(table) == ["You", " go", "", ">", "", "", ""]
    assert (text.add(0), text.add(2)) == ("You", "")
    assert text.variants(table) == ["\nYou", "\n go", "", "", "", "", ""]


def test_the_first_of_several_stop_strings_counts():
    table = {0: b"one STOP two END"}
    assert pieces([0], ("END", "STOP"), table) == (["one ", ""], True)


def test_text_is_clean_before_stop_strings_are_searched():
    assert "".join(pieces(b"a\x1bb\n\x1b> run", stops=("\n>",))[0]) == "ab"
