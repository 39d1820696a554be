"""`grue train --preferences`, as a user runs it."""

import json
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

from dungeon.errors import InputRefused
from tests.training import small_models
from training.cli import train as train_module
from training.cli.train import train
from training.trainer.config import StopSignal


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return small_models.llama_folder(tmp_path / "base")


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    file = tmp_path / "pairs.jsonl"
    lines = (
        {"prompt": f"Door {n}.", "chosen": "It opens.", "rejected": "It opens, and rain runs down."}
        for n in range(8)
    )
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


def run(*arguments: object) -> Result:
    return CliRunner().invoke(train, [*map(str, arguments), "--device", "cpu"])


def test_pairs_become_a_model_folder(tmp_path: Path, base: Path, pairs: Path) -> None:
    out = tmp_path / "mine"
    options = ("--base", base, "-o", out, "--max-steps", 2, "--max-seq-length", 64, "--beta", 0.2)
    done = run("--preferences", pairs, *options)
    assert done.exit_code == 0, done.output
    assert "of 2 held-out pairs as chosen" in done.stdout
    assert f"Play it: grue play --model {out}" in done.stdout
    assert "step 2/2" in done.stderr
    assert "beta                    0.2" in done.stderr
    assert (out / "adapter_config.json").is_file()


def test_text_next_to_pairs_is_told_and_weighted(tmp_path: Path, base: Path, pairs: Path) -> None:
    text, out = tale(tmp_path), tmp_path / "mine"
    options = ("--base", base, "-o", out, "--max-steps", 2, "--max-seq-length", 64, "--json")
    done = run(text, "--preferences", pairs, *options, "--lm-weight", 0.5)
    assert done.exit_code == 0, done.output
    assert "tokens of text in" in done.stderr
    assert "lm weight               0.5" in done.stderr
    document = json.loads(done.stdout)
    assert document["lm_weight"] == 0.5
    assert document["text_bits_per_byte"] < document["text_bits_per_byte_before"]


def test_the_command_that_goes_on_names_text_and_pairs(
    tmp_path: Path, base: Path, pairs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, out = tale(tmp_path), tmp_path / "mine"
    monkeypatch.setattr(train_module, "StopSignal", lambda: StopSignal(stop=True))
    options = ("--base", base, "-o", out, "--max-steps", 1, "--max-seq-length", 64)
    stopped = run(text, "--preferences", pairs, *options)
    assert stopped.exit_code == 130
    monkeypatch.undo()
    command = stopped.stdout.partition("Continue with: ")[2].split()
    assert command[:5] == ["grue", "train", str(text), "--preferences", str(pairs)]
    assert run(*command[2:]).exit_code == 0


def tale(folder: Path) -> Path:
    """Return a text file of sixty short scenes."""
    file = folder / "tale.txt"
    story = "You open the door.\n\n> You look in.\n\nBehind it there is a hall with a lamp.\n\n"
    file.write_text("".join(f"{n}. {story}" for n in range(60)), encoding="utf-8")
    return file


@pytest.mark.filterwarnings("default")
def test_no_warning_of_a_library_is_shown(
    tmp_path: Path, base: Path, pairs: Path, recwarn: pytest.WarningsRecorder
) -> None:
    options = ("--base", base, "-o", tmp_path / "mine", "--max-steps", 1, "--max-seq-length", 64)
    assert run("--preferences", pairs, *options).exit_code == 0
    assert [str(each.message) for each in recwarn] == []


def test_json_is_one_document_on_standard_output(tmp_path: Path, base: Path, pairs: Path) -> None:
    out = tmp_path / "mine"
    options = ("--base", base, "-o", out, "--max-steps", 1, "--max-seq-length", 64, "--json")
    document = json.loads(run("--preferences", pairs, *options).stdout)
    assert (document["pairs"], document["held_out_pairs"], document["steps"]) == (6, 2, 1)
    assert 0 <= document["accuracy"] <= 1


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["corpus", "--preferences", "pairs.jsonl"], "There is no corpus corpus"),
        ([], "Give a CORPUS to train on, or --preferences"),
        (["corpus", "--lm-weight", "1"], "--lm-weight is for --preferences"),
        (["corpus", "--beta", "0.1"], "--beta is for --preferences"),
        (["corpus", "--sft-weight", "0"], "--sft-weight is for --preferences"),
        (["--preferences", "pairs.jsonl", "--from-scratch"], "cannot be read|does not apply"),
    ],
)
def test_contradictions_are_refused(
    tmp_path: Path, arguments: list[str], problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*arguments, "-o", tmp_path / "out")
    assert isinstance(done.exception, InputRefused)
    with pytest.raises(InputRefused, match=problem):
        raise done.exception
    assert not (tmp_path / "out").exists()
