"""Tests of what players are told of the models: fit, speed, recommendation, licence."""

import json

import pytest

from dungeon.generator.scripted import ScriptedGenerator
from dungeon.generator.speed_test import measure_speed
from dungeon.models.catalog import catalog
from dungeon.models.download import download_path
from dungeon.models.download_notice import licence_notice
from dungeon.models.memory import Memory, read_memory
from dungeon.models.overview import Fit, describe, summarise
from dungeon.models.partial_file import PartialFile
from dungeon.models.speeds import SpeedRecord

GB = 1_000_000_000
WAYFARER = catalog().entries["wayfarer-12b"]


def by_name(folder, memory, context_length=0):
    models = summarise(folder, context_length=context_length, memory=memory)
    return {model.entry.name: model for model in models}


def test_models_fit_by_their_file_and_their_cache(tmp_path):
    models = by_name(tmp_path, Memory(16 * GB, 8 * GB))
    assert models["qwen3-4b"].fit is Fit.FITS
    assert models["wayfarer-12b"].fit is Fit.TIGHT
    assert models["austral-24b"].fit is Fit.TOO_LARGE
    larger = by_name(tmp_path, Memory(16 * GB, 8 * GB), context_length=65_536)
    assert larger["qwen3-4b"].needed_bytes - models["qwen3-4b"].needed_bytes == 57_344 * 147_456
    assert larger["qwen3-4b"].fit is Fit.TIGHT


def test_the_largest_model_that_fits_and_is_quick_enough_is_recommended(tmp_path):
    memory = Memory(32 * GB, 24 * GB)
    assert not any(model.is_recommended for model in by_name(tmp_path, memory).values())
    SpeedRecord(tmp_path).keep("grue-135m", 100.0, 145_000_000)
    models = by_name(tmp_path, memory)
    assert [name for name, model in models.items() if model.is_recommended] == ["qwen3-4b"]
    assert "recommended · ~5.8 tokens/s · not pulled" in describe(models["qwen3-4b"])
    assert "~1.9 tokens/s" in describe(models["wayfarer-12b"])
    SpeedRecord(tmp_path).keep("wayfarer-12b", 9.0, WAYFARER.bytes)
    models = by_name(tmp_path, memory)
    assert [name for name, model in models.items() if model.is_recommended] == ["wayfarer-12b"]
    assert "~7.5 GB · recommended · 9.0 tokens/s" in describe(models["wayfarer-12b"])


@pytest.mark.parametrize("damage", ["", "[]", '{"a": 3}', '{"a": ["x", 1], "b": [1.5, -1]}'])
def test_damaged_speeds_are_forgotten(tmp_path, damage):
    (tmp_path / "speeds.json").write_text(damage)
    assert SpeedRecord(tmp_path).of("a", 100) is None
    SpeedRecord(tmp_path).keep("a", 12.0, 100)
    assert json.loads((tmp_path / "speeds.json").read_text()) == {"a": [12.0, 100]}


def test_a_download_under_way_says_how_far_it_is(tmp_path, monkeypatch):
    part = PartialFile(download_path(WAYFARER, tmp_path))
    part.restart("")
    with part.path.open("r+b") as file:
        file.truncate(1_870_000_000)  # sparse
    assert by_name(tmp_path, Memory(GB, GB))["wayfarer-12b"].state == "25% pulled"
    notice = "\n".join(licence_notice(WAYFARER, tmp_path, memory=Memory(8 * GB, 6 * GB)))
    assert "Licence: Apache-2.0" in notice
    assert "about 7.5 GB from huggingface.co" in notice
    assert "1.9 GB are here already" in notice
    assert "too large for this machine" in notice
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example/")
    assert "from mirror.example; " in licence_notice(WAYFARER, tmp_path)[1]


def test_a_containers_limit_counts(tmp_path):
    machine = read_memory(tmp_path)
    assert machine.total >= machine.available > 0
    (tmp_path / "memory.max").write_text("max\n")
    assert read_memory(tmp_path).total == machine.total
    (tmp_path / "memory.max").write_text("1000\n")
    (tmp_path / "memory.current").write_text("300\n")
    assert read_memory(tmp_path) == Memory(1000, 700)


async def test_the_speed_test_counts_tokens_between_the_first_and_the_last_chunk():
    ticks = iter(range(1000))
    speed = await measure_speed(ScriptedGenerator(), seconds=50, clock=lambda: float(next(ticks)))
    assert speed == pytest.approx(1.0, rel=0.2)
