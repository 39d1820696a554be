"""Provides proof of the way from Python: the README's five lines, on a tiny model."""

import json
import subprocess
import sys
from itertools import islice

import pytest

import training
from dungeon.errors import InputRefused
from tests.training import small_models
from training import StoryModel, fine_tune, load_model

PROMPT = "You wake in the snow.\n\n> You call for help."


@pytest.fixture
def storyteller(tmp_path):
    folder = small_models.save(
        tmp_path / "tale", small_models.gpt2(positions=200), small_models.tokenizer()
    )
    return load_model(folder, device="cpu")


def test_it_streams_what_it_writes(storyteller, tmp_path):
    pieces = list(storyteller.stream(PROMPT, max_tokens=20, seed=3, stop=""))
    assert len(pieces) > 1
    assert storyteller.write(PROMPT, max_tokens=20, seed=3, stop="") == "".join(pieces).strip()
    assert storyteller.write(PROMPT, max_tokens=20, seed=4, stop="") != "".join(pieces).strip()
    assert storyteller.folder == tmp_path / "tale"


def test_cold_it_always_writes_the_same(storyteller):
    first = storyteller.write(PROMPT, max_tokens=12, temperature=0)
    assert first
    assert storyteller.write(PROMPT, max_tokens=12, temperature=0, seed=9) == first


def test_it_stops_when_nobody_listens_any_more(storyteller):
    pieces = storyteller.stream(PROMPT, max_tokens=150, stop="")
    assert list(islice(pieces, 1))
    pieces.close()
    assert storyteller.write(PROMPT, max_tokens=3)


def test_what_goes_wrong_while_it_writes_is_raised(storyteller, monkeypatch):
    def failing(*_, **__):
        raise RuntimeError("the device is full")

    monkeypatch.setattr(storyteller.loaded.model, "forward", failing)
    with pytest.raises(RuntimeError, match="the device is full"):
        storyteller.write(PROMPT)


def test_a_long_prompt_loses_its_beginning_and_no_room_is_refused(storyteller):
    assert storyteller.write(PROMPT * 30, max_tokens=8, stop="")
    for tokens in (0, 200, 5000):
        with pytest.raises(InputRefused, match="from 1 to 199"):
            storyteller.write(PROMPT, max_tokens=tokens)
    with pytest.raises(InputRefused, match="Give a prompt"):
        storyteller.write("  \n")


def test_it_exports_and_measures(storyteller, tmp_path):
    path = storyteller.export(tmp_path / "tale.gguf", "Q8_0")
    assert load_model(path).loaded.name == "tale"
    corpus = tmp_path / "tales.txt"
    corpus.write_text("\n\n".join(f"Day {n}. {small_models.TEXT}" for n in range(30)))
    found = storyteller.evaluate(corpus, prompts=2, split="validation")
    assert found.held_out.total.bits_per_byte > 0
    assert found.to_dict()["play"]["prompts"] == 2


def test_a_text_file_becomes_a_model_in_one_call(tmp_path, capfd):
    tales = tmp_path / "tales.txt"
    tales.write_text("\n\n".join(f"Day {n}. {small_models.TEXT}" for n in range(30)))
    base = small_models.gpt2_folder(tmp_path / "base")
    told = fine_tune(
        tales,
        tmp_path / "mine",
        base=str(base),
        method="full",
        device="cpu",
        max_steps=2,
        max_seq_length=64,
    )
    assert isinstance(told, StoryModel)
    assert told.write(PROMPT, max_tokens=5, stop="")
    notes = json.loads((tmp_path / "mine" / "grue.json").read_text())
    assert notes["base"]["reference"] == str(base)
    assert load_model(tmp_path / "mine").loaded.sha256 == told.loaded.sha256
    assert "bits per byte" in capfd.readouterr().err


def test_nothing_heavy_is_imported_before_it_is_used():
    code = "import sys, training; print({'torch', 'transformers'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
    with pytest.raises(AttributeError, match="no attribute 'finish'"):
        _ = training.finish
    assert sorted(training.__all__) == training.__all__
