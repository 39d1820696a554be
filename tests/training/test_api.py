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
    for tokens in (200, 5000):
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


# Arguments ----------------------------------------------------------------------------------------


def refusal(call, *arguments, **named):
    """Return the sentence with which a call is refused."""
    with pytest.raises(InputRefused) as refused:
        call(*arguments, **named)
    return str(refused.value)


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        ({"epoch": 2}, "There is no argument `epoch`. Did you mean `epochs`?"),
        ({"bas": "gpt2"}, "There is no argument `bas`. Did you mean `base`?"),
        ({"rank": 4}, "There is no argument `rank`. Did you mean `lora_rank`?"),
        ({"method": "lor"}, "method must be `lora` or `full`, not “lor”. Did you mean `lora`?"),
        ({"epochs": "3"}, "epochs must be a whole number of at least 1, not “3”."),
        ({"learning_rate": None, "dora": 1}, "dora must be true or false, not 1."),
        ({"device": "gpu"}, "device must be `cuda` or `mps` or `cpu`, not “gpu”."),
        ({"train_on": "reply"}, "Did you mean `replies`?"),
        ({"seed": -1}, "seed must be a whole number from 0 to 4294967295, not -1."),
        ({"seed": 2**32}, "seed must be a whole number from 0 to 4294967295, not 4294967296."),
        ({"base": 3}, "base must be a path, not 3."),
        ({"resume": "yes"}, "resume must be true or false, not “yes”."),
        ({"report_to": "wandbb"}, "Did you mean `wandb`?"),
        ({"from_scratch": True, "method": "lora"}, "Random weights must all be trained"),
        ({"lora_rank": 4, "method": "full"}, "--lora-rank is for an adapter"),
    ],
)
def test_fine_tune_refuses_wrong_arguments_before_it_looks_for_the_corpus(
    tmp_path, named, sentence
):
    told = refusal(fine_tune, tmp_path / "nowhere.txt", tmp_path / "mine", **named)
    assert sentence in told
    assert "\n" not in told


@pytest.mark.parametrize(
    ("method", "arguments", "sentence"),
    [
        ("generate", {"prompt": "a", "temprature": 1}, "Did you mean `temperature`?"),
        ("stream", {"prompt": "a", "maxtokens": 1}, "Did you mean `max_tokens`?"),
        ("stream", {"prompt": 3}, "prompt must be text, not 3."),
        ("generate", {"prompt": None}, "prompt must be text, not None."),
        ("stream", {"prompt": "a", "max_tokens": 0}, "max_tokens must be a whole number of at"),
        ("stream", {"prompt": "a", "max_tokens": None}, "max_tokens must be a whole number"),
        ("generate", {"prompt": "a", "temperature": -1}, "temperature must be a number of at"),
        (
            "generate",
            {"prompt": "a", "top_p": 0},
            "a number above 0 and at most 1, not 0.",
        ),
        ("generate", {"prompt": "a", "min_p": (1,)}, "min_p must be a number from 0 to 1, not a"),
        ("export", {"path": "a", "output_type": "Q4"}, "must be `F16` or `Q8_0` or `F32`"),
        ("evaluate", {"corpus": "a", "prompt": 3}, "Did you mean `prompts`?"),
        ("evaluate", {"corpus": "a", "split": "tests"}, "Did you mean `test`?"),
        ("save", {"path": "a", "weight_type": "Q8_0"}, "must be `F16` or `F32`"),
        ("push_to_hub", {"repo": "a", "privat": True}, "Did you mean `private`?"),
    ],
)
def test_a_model_refuses_wrong_arguments(story_model, method, arguments, sentence):
    assert sentence in refusal(getattr(story_model, method), **arguments)


def test_load_model_refuses_wrong_arguments():
    assert refusal(load_model, "gpt2", devise="cpu").endswith("Did you mean `device`?")
    assert "Did you mean `cpu`" in refusal(load_model, "gpt2", device="cpus")


def test_no_argument_is_listed_twice(tmp_path):
    told = refusal(fine_tune, tmp_path / "a.txt", tmp_path / "b", zzz=1)
    names = told.partition("The arguments are: ")[2].rstrip(".").split(", ")
    assert "method" in names
    assert len(names) == len(set(names))


def test_positional_arguments_are_checked(story_model, tmp_path):
    assert "output_type must be" in refusal(story_model.export, tmp_path / "a", "Q9")
    assert "top_k must be" in refusal(story_model.generate, PROMPT, top_k=10**400)


def test_every_public_object_is_shown_in_one_line(story_model, tmp_path):
    corpus = tmp_path / "tales.txt"
    corpus.write_text("\n\n".join(f"Day {n}. {small_models.TEXT}" for n in range(30)))
    found = story_model.evaluate(corpus, prompts=1, split="validation")
    for shown in map(repr, (story_model, story_model.loaded, found, found.held_out)):
        assert "\n" not in shown
        assert len(shown) < 120
    assert repr(story_model) == "StoryModel('tale', device='cpu')"


def test_a_model_is_saved_for_transformers(story_model, tmp_path):
    folder = story_model.save(tmp_path / "merged", "F32")
    assert load_model(folder).generate(PROMPT, max_tokens=5, seed=1) == story_model.generate(
        PROMPT, max_tokens=5, seed=1
    )
    assert "exists already" in refusal(story_model.save, folder)


def test_importing_training_loads_neither_torch_nor_transformers():
    code = "import sys, training; print({'torch', 'transformers'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
    with pytest.raises(AttributeError, match="no attribute 'finish'"):
        _ = training.finish
    assert sorted(training.__all__) == training.__all__
