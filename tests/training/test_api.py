"""Tests of the Python API, on a tiny model."""

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
def story_model(tmp_path):
    folder = small_models.save(
        tmp_path / "tale", small_models.gpt2(positions=200), small_models.tokenizer()
    )
    return load_model(folder, device="cpu")


def test_stream_yields_what_generate_returns(story_model, tmp_path):
    pieces = list(story_model.stream(PROMPT, max_tokens=20, seed=3, stop=""))
    assert len(pieces) > 1
    assert story_model.generate(PROMPT, max_tokens=20, seed=3, stop="") == "".join(pieces).strip()
    assert story_model.generate(PROMPT, max_tokens=20, seed=4, stop="") != "".join(pieces).strip()
    assert story_model.folder == tmp_path / "tale"


def test_temperature_zero_is_greedy(story_model):
    first = story_model.generate(PROMPT, max_tokens=12, temperature=0)
    assert first
    assert story_model.generate(PROMPT, max_tokens=12, temperature=0, seed=9) == first


def test_closing_the_stream_stops_the_model(story_model):
    pieces = story_model.stream(PROMPT, max_tokens=150, seed=1, stop="")
    assert list(islice(pieces, 1))
    pieces.close()
    assert story_model.generate(PROMPT, max_tokens=3, seed=1)


def test_an_error_of_the_model_is_raised(story_model, monkeypatch):
    def failing(*_, **__):
        raise RuntimeError("the device is full")

    monkeypatch.setattr(story_model.loaded.model, "forward", failing)
    with pytest.raises(RuntimeError, match="the device is full"):
        story_model.generate(PROMPT)


def test_a_long_prompt_is_truncated_on_the_left_and_no_room_is_refused(story_model):
    assert story_model.generate(PROMPT * 30, max_tokens=8, seed=1, stop="")
    for tokens in (0, 200, 5000):
        with pytest.raises(InputRefused, match="from 1 to 199"):
            story_model.generate(PROMPT, max_tokens=tokens)
    with pytest.raises(InputRefused, match="Give a prompt"):
        story_model.generate("  \n")


def test_export_and_evaluate(story_model, tmp_path):
    path = story_model.export(tmp_path / "tale.gguf", "Q8_0")
    assert load_model(path).loaded.name == "tale"
    corpus = tmp_path / "tales.txt"
    corpus.write_text("\n\n".join(f"Day {n}. {small_models.TEXT}" for n in range(30)))
    found = story_model.evaluate(corpus, prompts=2, split="validation")
    assert found.held_out.total.bits_per_byte > 0
    assert found.to_dict()["play"]["prompts"] == 2


def test_fine_tune_on_a_text_file(tmp_path, capfd):
    tales = tmp_path / "tales.txt"
    tales.write_text("\n\n".join(f"Day {n}. {small_models.TEXT}" for n in range(30)))
    base = small_models.gpt2_folder(tmp_path / "base")
    trained = fine_tune(
        tales,
        tmp_path / "mine",
        base=str(base),
        method="full",
        device="cpu",
        max_steps=2,
        max_seq_length=64,
    )
    assert isinstance(trained, StoryModel)
    assert trained.generate(PROMPT, max_tokens=5, seed=1, stop="")
    notes = json.loads((tmp_path / "mine" / "grue.json").read_text())
    assert notes["base"]["reference"] == str(base)
    assert load_model(tmp_path / "mine").loaded.sha256 == trained.loaded.sha256
    assert "bits per byte" in capfd.readouterr().err


def test_importing_training_loads_neither_torch_nor_transformers():
    code = "import sys, training; print({'torch', 'transformers'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
    with pytest.raises(AttributeError, match="no attribute 'finish'"):
        _ = training.finish
    assert sorted(training.__all__) == training.__all__
