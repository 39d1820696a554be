"""Tests of the simulated players, on a fake server."""

import argparse
import asyncio
import itertools
import math
import random

import pytest

from benchmarks.distribution import Distribution
from benchmarks.players import Load, measure, percentile, run
from tests.dungeon.generator.servers import DONE, Said, Streamed, piece, serving
from tests.rows import every_row

WHOLE = Streamed([piece("The"), piece(" mill"), DONE])
STILL = Distribution(0, 0)


def load(url: str, **changes) -> Load:
    values = {"think": STILL, "action": Distribution(3, 0), "reply": Distribution(8, 0)}
    values |= {"opening": 10, "context": 1000, "seconds": 0.05}
    return Load(url, "tale", **(values | changes))


def test_a_distribution_is_read_and_drawn() -> None:
    assert Distribution.parse("20,0.6") == Distribution(20, 0.6)
    assert Distribution.parse("20") == Distribution(20, 0)
    assert Distribution(20, 0).draw(random.Random(1)) == 20
    drawn = sorted(Distribution(20, 0.6).draw(random.Random(seed)) for seed in range(999))
    assert 18 < drawn[499] < 22


@every_row("text", ["", "x", "-1", "nan", "inf", "5,-1", "5,nan"])
def test_a_distribution_that_is_none(text: str) -> None:
    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("--think", type=Distribution.parse)
    with pytest.raises(argparse.ArgumentError):
        parser.parse_args([f"--think={text}"])


def test_percentiles() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([3.0, 1.0, 2.0], 0.95) == 3.0
    assert percentile([], 0.5) == math.inf


async def test_players_keep_their_own_stories_and_their_replies() -> None:
    async with serving({"/v1/completions": WHOLE}) as server:
        result, _ = await measure(load(server.address), 2, "key")
        asked = server.asked
    assert (result.failures, result.tokens) == (0, 2 * len(result.first_token))
    assert {headers["authorization"] for _, headers, _ in asked} == {"Bearer key"}
    for number in range(2):
        prompts = [body["prompt"] for _, _, body in asked if f"ture {number}." in body["prompt"]]
        assert all(body["max_tokens"] == 8 for _, _, body in asked)
        assert prompts
        for before, after in itertools.pairwise(prompts):
            assert after.startswith(before + "The mill\n> ")


@pytest.mark.parametrize(
    "answer", [Said({"error": {}}, 503), Streamed([piece("The")]), Streamed([DONE])]
)
async def test_replies_that_fail_are_counted(answer) -> None:
    async with serving({"/v1/completions": answer}) as server:
        result, _ = await measure(load(server.address), 1, "")
    assert result.failures > 0
    assert not result.first_token


async def test_a_long_story_is_cut() -> None:
    long = Streamed([piece("word " * 200), DONE])
    async with serving({"/v1/completions": long}) as server:
        await measure(load(server.address, context=300), 1, "")
        lengths = [len(body["prompt"]) for body in server.bodies("/v1/completions")]
    assert max(lengths) < 300 * 4


async def test_the_table_says_how_many_are_served(capsys) -> None:
    async with serving({"/v1/completions": WHOLE}) as server:
        await run(load(server.address), [1, 2], "")
    shown = capsys.readouterr().out
    assert "| 2 | " in shown
    assert shown.endswith("p95 of at most 2 s: 2\n")


async def test_a_server_that_is_away_is_a_failure_and_no_error(unused_tcp_port: int) -> None:
    async with asyncio.timeout(60):
        result, _ = await measure(load(f"http://127.0.0.1:{unused_tcp_port}"), 1, "")
    assert result.failures > 0
