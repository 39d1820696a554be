"""`grue train --scores`, as a user runs it."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner, Result

from dungeon.errors import InputRefused
from tests.rows import every_row
from tests.training import small_models
from training.cli.evaluate import evaluate
from training.cli.export import export
from training.cli.train import repeat_option, train
from training.models.loading import load_causal_lm


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return small_models.llama_folder(tmp_path / "base")


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Two files of eight situations together."""
    paths = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    for path in paths:
        lines = (
            {
                "prompt": f"Door {path.name} {n}.",
                "replies": [{"text": "It opens.", "score": 4}, {"text": "Rain.", "score": 1}],
            }
            for n in range(4)
        )
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return paths


def run(*arguments: object) -> Result:
    return CliRunner().invoke(train, [*map(str, arguments), "--device", "cpu"])


def refused(done: Result, problem: str) -> bool:
    assert isinstance(done.exception, InputRefused)
    assert problem in str(done.exception)
    return True


@every_row(
    ("args", "repeated"),
    [
        ("--s a b -o c", "--s a --s b -o c"),
        ("x --s a", "x --s a"),
        ("--s=a b", "--s=a --s b"),
        ("--s a --s b c", "--s a --s b --s c"),
        ("--s a --flag b", "--s a --flag b"),
        ("", ""),
    ],
)
def test_an_option_is_repeated_before_each_of_its_values(args: str, repeated: str) -> None:
    assert repeat_option(args.split(), "--s") == repeated.split()


def test_scored_replies_become_a_reward_model(
    tmp_path: Path, base: Path, files: list[Path]
) -> None:
    out = tmp_path / "judge"
    options: tuple[Any, ...] = ("-o", out, "--max-steps", 2, "--max-seq-length", 64)
    done = run("--scores", *files, "--base", base, *options, "--ranking-weight", 0.5)
    assert done.exit_code == 0, done.output
    assert "a.jsonl, b.jsonl: 6 situations to train on, 2 held out" in done.stderr
    assert "ranking weight          0.5" in done.stderr
    assert "step 2/2" in done.stderr
    assert "held-out situations" in done.stdout
    assert f"how it is asked is in {out / 'README.md'}" in done.stdout
    assert "grue play" not in done.stdout
    assert (out / "adapter_config.json").is_file()

    measured = CliRunner().invoke(evaluate, [str(out), "--corpus", str(files[0])])
    assert refused(measured, "is a reward model: it scores replies, and writes none.")
    joined = tmp_path / "joined"
    done = CliRunner().invoke(export, [str(out), "--safetensors", str(joined), "--adapter-only"])
    assert done.exit_code == 0, done.output
    assert json.loads((joined / "grue.json").read_text("utf-8"))["kind"] == "reward model"
    merged = tmp_path / "merged"
    done = CliRunner().invoke(export, [str(out), "--safetensors", str(merged)])
    assert done.exit_code == 0, done.output
    assert "A reward model: a model with a LoRA adapter merged in" in (
        (merged / "README.md").read_text("utf-8")
    )
    for folder in (joined, merged):
        load_causal_lm(str(folder))


@pytest.mark.filterwarnings("default")
def test_json_is_one_document_and_no_warning_of_a_library_is_shown(
    tmp_path: Path, base: Path, files: list[Path], recwarn: pytest.WarningsRecorder
) -> None:
    out = tmp_path / "judge"
    options = ("--base", base, "-o", out, "--max-steps", 1, "--max-seq-length", 64, "--json")
    document = json.loads(run("--scores", *files, *options).stdout)
    assert (document["situations"], document["held_out_situations"]) == (6, 2)
    assert 0 <= document["pair_accuracy"] <= 1
    assert [str(each.message) for each in recwarn] == []


@every_row(
    ("arguments", "problem"),
    [
        (["corpus", "--scores", "a.jsonl"], "either a CORPUS"),
        (["--preferences", "p.jsonl", "--scores", "a.jsonl"], "either a CORPUS"),
        (["corpus", "--ranking-weight", "1"], "--ranking-weight is for --scores. Leave it out."),
        (["--preferences", "p.jsonl", "--ranking-weight", "0"], "--ranking-weight is for --scores"),
        (["--scores", "a.jsonl", "--beta", "0.1"], "--beta is for --preferences. Leave it out."),
        (["--scores", "a.jsonl"], "a.jsonl cannot be read"),
    ],
)
def test_contradictions_are_refused(
    tmp_path: Path, arguments: list[str], problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert refused(run(*arguments, "-o", tmp_path / "out"), problem)
    assert not (tmp_path / "out").exists()
