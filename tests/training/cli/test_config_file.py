"""Tests of `grue train --config`: every option is a key, and every mistake has its line."""

import tomllib
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from dungeon.errors import InputRefused
from tests.training.small_corpus import write_corpus
from training.cli.config_file import config_option, option_keys, read_config
from training.cli.train import train


def read(tmp_path: Path, text: str) -> dict[str, object]:
    path = tmp_path / "train.toml"
    path.write_text(text, encoding="utf-8")
    return read_config(path, click.Context(train))


def test_every_option_is_a_key() -> None:
    flags = {
        flag.removeprefix("--")
        for parameter in train.params
        for flag in parameter.opts
        if flag.startswith("--")
    }
    assert set(option_keys(train)) == (flags - {"config", "help"}) | {"corpus"}


def test_keys_have_dashes_or_underscores(tmp_path: Path) -> None:
    text = 'corpus = "tales"\nbatch-size = 8\nmax_seq_length = 64\nfrom-scratch = true\n'
    assert read(tmp_path, text + "learning-rate = 1\nfsdp = false\n") == {
        "corpus": "tales",
        "batch_size": 8,
        "max_seq_length": 64,
        "from_scratch": True,
        "learning_rate": 1,
        "fsdp": False,
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "epochs = 2\n\nbatchsize = 8\n",
            "line 3: there is no option `batchsize`. Did you mean `batch-size`?",
        ),
        ("# a\n lora_rnk=4", "line 2: there is no option `lora_rnk`. Did you mean `lora-rank`?"),
        ("[training]\nepochs = 2", "line 1: there is no option `training`."),
        ('config = "b.toml"', "line 1: there is no option `config`."),
        ("a.b = 1", "line 1: there is no option `a`."),
        ("batch-size = 8\nbatch_size = 8", "line 2: `batch_size` is given twice."),
        ('epochs = "two"', "line 1: epochs must be a whole number, not “two”."),
        ("epochs = 2.5", "line 1: epochs must be a whole number, not 2.5."),
        ("minutes = nan", "line 1: minutes: nan is not a finite number."),
        ("learning-rate = inf", "line 1: learning-rate: inf is not a finite number."),
        ("seed = 4294967296", "line 1: seed: 4294967296 is not in the range 0<=x<=4294967295."),
        ("epochs = true", "line 1: epochs must be a whole number, not true."),
        ("epochs = 0", "line 1: epochs: 0 is not in the range x>=1."),
        ("\n'method' = 'lore'", "line 2: method: 'lore' is not one of 'lora', 'full'."),
        ("fsdp = 1", "line 1: fsdp must be true or false, not 1."),
        ("base = 3", "line 1: base must be text in quotation marks, not 3."),
        ("base = gpt2", "train.toml is not valid TOML: Invalid value (at line 1, column 8)."),
    ],
)
def test_a_mistake_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputRefused) as refused:
        read(tmp_path, text)
    assert message in str(refused.value)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    context = click.Context(train)
    with pytest.raises(InputRefused, match=r"There is no file .*nowhere"):
        read_config(tmp_path / "nowhere.toml", context)
    (tmp_path / "latin.toml").write_bytes(b'epochs = 1\nbase = "\xe9"')
    with pytest.raises(InputRefused, match=r"line 2 is not UTF-8 text: .* Save it as UTF-8"):
        read_config(tmp_path / "latin.toml", context)


def test_the_folder_to_write_to_may_have_its_shorter_name(tmp_path: Path) -> None:
    assert read(tmp_path, 'out = "mine"') == read(tmp_path, 'output = "mine"')
    with pytest.raises(InputRefused, match="`output` is given twice"):
        read(tmp_path, 'out = "mine"\noutput = "yours"')


@click.command()
@click.option("--size", type=int, default=1)
@click.option("--mix", multiple=True)
@click.option("--deep/--no-deep", default=None)
@config_option
def show(**options: object) -> None:
    click.echo(repr(sorted(options.items())))


def test_the_command_line_wins(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text('size = 2\nmix = ["a=1", "b=2"]\ndeep = true\n')
    shown = CliRunner().invoke(show, ["--no-deep", "--config", str(path), "--size", "3"]).output
    assert shown.strip() == repr([("deep", False), ("mix", ("a=1", "b=2")), ("size", 3)])
    shown = CliRunner().invoke(show, ["--config", str(path)]).output
    assert shown.strip() == repr([("deep", True), ("mix", ("a=1", "b=2")), ("size", 2)])


# The effective configuration ----------------------------------------------------------------------


def run(*arguments: str) -> Result:
    return CliRunner().invoke(train, [*arguments, "--device", "cpu"])


def test_the_effective_configuration_repeats_the_training(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", train=20)
    path = tmp_path / "tiny.toml"
    path.write_text(
        f"corpus = '{corpus}'\nbase = 'gpt2-tiny'\nfrom-scratch = true\nmax-seq-length = 64\n"
        "batch_size = 8\nmax-steps = 2\nseed = 7\n"
    )
    first, second = tmp_path / "first", tmp_path / "second"
    done = run("--config", str(path), "-o", str(first), "--seed", "3")
    assert done.exit_code == 0, done.output
    effective = tomllib.loads((first / "train.toml").read_text(encoding="utf-8"))
    asked = {"seed": 3, "batch-size": 8, "max-steps": 2, "from-scratch": True}
    assert effective | asked == effective
    assert effective["learning-rate"] > 0
    assert "lora-rank" not in effective
    again = run("--config", str(first / "train.toml"), "-o", str(second))
    assert again.exit_code == 0, again.output
    assert tomllib.loads((second / "train.toml").read_text(encoding="utf-8")) == effective
    weights = [(folder / "model.safetensors").read_bytes() for folder in (first, second)]
    assert weights[0] == weights[1]


def test_a_resumed_training_takes_its_own_configuration_and_no_other(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", train=20)
    out = tmp_path / "out"
    tiny = ("--base", "gpt2-tiny", "--from-scratch", "--max-seq-length", "64", "--max-steps", "6")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.trainer.finetune.save_model", _full_disk)
        failed = run(str(corpus), "-o", str(out), *tiny, "--batch-size", "8")
    assert isinstance(failed.exception, InputRefused)
    config = (out / "train.toml").read_text(encoding="utf-8")
    (out / "train.toml").write_text(config.replace("batch-size = 8", "batch-size = 4"))
    other = run("--config", str(out / "train.toml"), "-o", str(out), "--resume")
    assert "leave out --batch-size" in str(other.exception)
    (out / "train.toml").write_text(config)
    done = run("--config", str(out / "train.toml"), "-o", str(out), "--resume")
    assert done.exit_code == 0, done.output


def _full_disk(*_: object, **__: object) -> None:
    raise InputRefused("The disk is full.")
