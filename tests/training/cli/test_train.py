import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

from dungeon.errors import InputRefused
from tests.training.small_corpus import write_corpus
from training.cli.train import train
from training.trainer import console, setup
from training.trainer.console import ConsoleReporter, StepStats

TINY = (
    "--base gpt2-tiny --from-scratch --device cpu --max-seq-length 64 --batch-size 8 --eval-steps 4"
    " --eval-rows 100"
)


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "corpus", train=20)


def run(corpus: Path, out: Path, *options: str) -> Result:
    return CliRunner().invoke(train, [str(corpus), "-o", str(out), *TINY.split(), *options])


def test_help_has_examples_and_imports_nothing_heavy() -> None:
    code = "import sys; from dungeon.cli import main\ntry: main(['train', '--help'])\n"
    code += "finally: print({'torch', 'transformers'} & set(sys.modules), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd()
    )
    assert done.stderr.strip() == "set()"
    assert "grue train corpus -o mine" in done.stdout
    assert "torchrun" in done.stdout


def test_json_is_one_document_on_standard_output(tmp_path: Path, corpus: Path) -> None:
    done = run(corpus, tmp_path / "out", "--max-steps", "4", "--json", "--cost-per-hour", "2")
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["bits_per_byte"] < document["bits_per_byte_before"]
    assert document["plan"]["batch_size"] == 8
    assert document["folder"] == str(tmp_path / "out")
    assert document["cost"] > 0
    assert "step 4/4" in done.stderr
    assert "set by you" in done.stderr


def test_the_plan_shows_the_mixture(tmp_path: Path, corpus: Path) -> None:
    done = run(corpus, tmp_path / "out", "--max-steps", "1", "--mix", "work-1=2")
    assert done.exit_code == 0, done.output
    assert "mix work-1 × 2: 7 → 14 documents" in done.stderr
    assert "mix the rest × 1: 13 → 13 documents" in done.stderr
    assert json.loads((tmp_path / "out" / "grue.json").read_text())["recipe"]["mix"] == ["work-1=2"]
    assert 'mix = ["work-1=2"]' in (tmp_path / "out" / "train.toml").read_text()
    refused = run(corpus, tmp_path / "other", "--mix", "wrk-1=2")
    assert isinstance(refused.exception, InputRefused)
    assert "Did you mean `work-" in str(refused.exception)
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_says_how_to_resume(
    tmp_path: Path, corpus: Path, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    before = signal.getsignal(number)

    class Interrupting(ConsoleReporter):
        def log_step(self, stats: StepStats) -> None:
            if stats.step == 3:
                signal.raise_signal(number)

    monkeypatch.setattr(console, "ConsoleReporter", Interrupting)
    stopped = run(corpus, out, "--max-steps", "400")
    assert stopped.exit_code == 130, stopped.output
    assert "Stopped after step 4;" in stopped.stdout
    assert f"grue train {corpus} -o {out} --resume" in stopped.stdout
    assert (out / ".training" / "checkpoints" / "checkpoint-4").is_dir()
    assert f'corpus = "{corpus}"' in (out / "train.toml").read_text()
    monkeypatch.undo()
    resumed = CliRunner().invoke(train, ["-o", str(out), "--resume", "--max-steps", "5"])
    assert "leave out --max-steps" in str(resumed.exception)  # so the corpus was found
    corpus.rename(tmp_path / "elsewhere")
    resumed = CliRunner().invoke(train, ["-o", str(out), "--resume"])
    assert "Name it: grue train CORPUS" in str(resumed.exception)
    assert signal.getsignal(number) is before


@pytest.mark.parametrize(
    ("second", "saved"), [(signal.SIGTERM, True), (signal.SIGINT, False)], ids=["SIGTERM", "Ctrl-C"]
)
def test_after_sigterm_only_ctrl_c_stops_at_once(
    tmp_path: Path,
    corpus: Path,
    second: signal.Signals,
    saved: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A machine that goes sends SIGTERM to all processes, and torchrun passes it on to each."""

    class Interrupting(ConsoleReporter):
        def log_step(self, stats: StepStats) -> None:
            if stats.step == 3:
                signal.raise_signal(signal.SIGTERM)
                signal.raise_signal(second)

    monkeypatch.setattr(console, "ConsoleReporter", Interrupting)
    stopped = run(corpus, tmp_path / "out", "--max-steps", "400")
    assert stopped.exit_code == 130, stopped.output
    assert ("Stopped after step 4;" in stopped.stdout) == saved


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_before_training_ends_it_at_once(
    tmp_path: Path, corpus: Path, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the corpus is tokenized, or the base loaded, there is nothing to save."""

    def interrupted(*_args: object, **_named: object) -> None:
        signal.raise_signal(number)

    monkeypatch.setattr(setup, "encode", interrupted)
    out = tmp_path / "out"
    stopped = run(corpus, out, "--max-steps", "400")
    assert stopped.exit_code == 130, stopped.output
    assert "nothing was written" in stopped.stderr
    assert not out.exists()


@pytest.mark.parametrize("option", ["--resume", "--freeze-layers=2", "--max-seq-length=300"])
def test_impossible_options_are_refused(tmp_path: Path, corpus: Path, option: str) -> None:
    done = run(corpus, tmp_path / "out", option)
    assert isinstance(done.exception, InputRefused)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("option", ["--minutes=nan", "--cost-per-hour=inf", f"--seed={2**32}"])
def test_numbers_that_no_training_can_use_are_refused(
    tmp_path: Path, corpus: Path, option: str
) -> None:
    done = run(corpus, tmp_path / "out", option)
    assert done.exit_code == 2
    assert f"Invalid value for '{option.partition('=')[0]}'" in done.stderr
    assert not (tmp_path / "out").exists()


def test_held_out_text_without_a_word_is_no_error(tmp_path: Path) -> None:
    text = tmp_path / "long.txt"
    text.write_text("abc" * 20_000)
    done = run(text, tmp_path / "out", "--max-steps", "1")
    assert done.exit_code == 0, done.output
    assert "held-out text too short to measure" in done.stdout


def test_a_missing_corpus_is_refused(tmp_path: Path) -> None:
    done = run(tmp_path / "nowhere", tmp_path / "out")
    assert isinstance(done.exception, InputRefused)
    assert done.exception.exit_code == 2
    assert not (tmp_path / "out").exists()


def test_the_threads_of_torch_sleep_while_they_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless the user wants otherwise: spinning is many times slower on a shared machine."""
    for given, expected in ((None, "PASSIVE"), ("ACTIVE", "ACTIVE")):
        if given is None:
            monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
        else:
            monkeypatch.setenv("OMP_WAIT_POLICY", given)
        run(tmp_path / "nowhere", tmp_path / "out")
        assert os.environ["OMP_WAIT_POLICY"] == expected


def test_a_shape_without_from_scratch_is_refused(tmp_path: Path, corpus: Path) -> None:
    done = CliRunner().invoke(train, [str(corpus), "-o", str(tmp_path / "out"), "--base=gpt2-tiny"])
    assert "Add --from-scratch" in str(done.exception)
    assert not (tmp_path / "out").exists()
