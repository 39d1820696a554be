"""Tests of `--push-to-hub`, against a server on this machine that behaves as the hub does."""

import json
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub.constants
import pytest
from click.testing import CliRunner, Result
from huggingface_hub import ModelCard
from transformers import AutoModelForCausalLM

from dungeon.errors import GrueError, InputRefused
from tests.training import small_models
from tests.training.export.fake_hub import TOKEN, FakeHub, Repo, running_hub
from tests.training.recorded import finetuning, train
from tests.training.small_corpus import write_corpus
from training.cli.export import export
from training.cli.train import train as train_command

# the hub's own library uploads files in a way that its own HTTP client deprecates
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    with running_hub() as served:
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", served.url)
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        yield served


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an adapter folder as `grue train` writes it, on a base on this machine."""
    folder = tmp_path_factory.mktemp("trained")
    corpus = write_corpus(folder / "corpus", train=20)
    return train(corpus, folder / "mine", finetuning(folder, 2, method="lora")).folder


def run(model: Path, *options: str) -> Result:
    return CliRunner().invoke(export, [str(model), *options])


def refused(result: Result) -> str:
    """Return the one sentence or two with which a command was refused."""
    assert isinstance(result.exception, GrueError), result.output
    message = str(result.exception)
    assert "\n" not in message
    return message


def test_a_merged_model_is_published_and_loads(hub: FakeHub, trained: Path, tmp_path: Path) -> None:
    merged = tmp_path / "merged"
    done = run(trained, "--safetensors", str(merged), "--push-to-hub", "mine", "--private")
    assert done.exit_code == 0, done.output
    repo = hub.repos["somebody/mine"]
    assert repo.private
    assert f"{hub.url}/somebody/mine" in done.stderr
    assert {"model.safetensors", "config.json", "tokenizer.json", "README.md"} <= set(repo.files)
    assert repo.files["model.safetensors"] == (merged / "model.safetensors").read_bytes()
    card = ModelCard(repo.files["README.md"].decode())
    assert (card.data.library_name, card.data.license) == ("transformers", "other")
    assert AutoModelForCausalLM.from_pretrained(merged).config.model_type == "gpt2"


def test_nothing_of_this_machine_is_published(hub: FakeHub, trained: Path, tmp_path: Path) -> None:
    done = run(trained, "--safetensors", str(tmp_path / "merged"), "--push-to-hub", "owner/mine")
    assert done.exit_code == 0, done.output
    files = hub.repos["owner/mine"].files
    assert json.loads(files["grue.json"])["base"]["reference"] == "base"
    assert not any(str(trained.parent).encode() in content for content in files.values())


def test_an_adapter_is_published_where_others_have_its_base(
    hub: FakeHub, trained: Path, tmp_path: Path
) -> None:
    assert "which is on no hub. Publish it merged" in refused(
        run(trained, "--push-to-hub", "owner/mine")
    )
    folder = tmp_path / "mine"
    folder.mkdir()
    for file in trained.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    document = json.loads((folder / "grue.json").read_text())
    document["base"]["hub_id"] = "owner/base"
    (folder / "grue.json").write_text(json.dumps(document))
    (folder / "runs").mkdir()
    (folder / "runs" / "events").write_text(str(folder))
    done = run(folder, "--push-to-hub", "owner/mine")
    assert done.exit_code == 0, done.output
    files = hub.repos["owner/mine"].files
    assert "adapter_model.safetensors" in files
    assert {"train.toml", "runs/events"}.isdisjoint(files)
    assert json.loads(files["grue.json"])["base"]["reference"] == "owner/base"


def published_on_the_hub(trained: Path, folder: Path) -> Path:
    """Copy an adapter to `folder`, its base being on the hub."""
    shutil.copytree(trained, folder)
    document = json.loads((folder / "grue.json").read_text())
    document["base"]["hub_id"] = "owner/base"
    (folder / "grue.json").write_text(json.dumps(document))
    return folder


def test_an_adapter_in_8_bits_is_published_with_a_card(
    hub: FakeHub, trained: Path, tmp_path: Path
) -> None:
    adapter, joined = published_on_the_hub(trained, tmp_path / "mine"), tmp_path / "joined"
    options = ("--safetensors", str(joined), "--adapter-only", "--push-to-hub", "owner/mine")
    done = run(adapter, *options)
    assert done.exit_code == 0, done.output
    card = ModelCard(hub.repos["owner/mine"].files["README.md"].decode())
    assert card.data.base_model == "owner/base"
    assert "PEFT does not" in card.text
    written = (joined / "README.md").read_bytes()
    (joined / "README.md").unlink()  # as a folder that an earlier Grue wrote
    done = run(joined, "--push-to-hub", "owner/again")
    assert done.exit_code == 0, done.output
    assert hub.repos["owner/again"].files["README.md"] == written
    assert not (joined / "README.md").exists()


def test_a_model_without_a_card_is_published_with_a_word(hub: FakeHub, tmp_path: Path) -> None:
    base = small_models.gpt2_folder(tmp_path / "base")
    said = f"There is no README.md in {base}: the model is published without a model card."
    for options in ([], ["--gguf", str(tmp_path / "base.gguf"), "--no-check"]):
        done = run(base, *options, "--push-to-hub", "owner/base")
        assert done.exit_code == 0, done.output
        assert said in done.stderr
        assert "README.md" not in hub.repos["owner/base"].files


def test_an_existing_repository_gets_another_commit(
    hub: FakeHub, trained: Path, tmp_path: Path
) -> None:
    hub.repos["owner/mine"] = Repo(private=False, files={"notes.txt": b"dear"})
    options = ("--gguf", str(tmp_path / "mine.gguf"), "--push-to-hub", "owner/mine")
    assert "public repository already" in refused(run(trained, *options, "--private"))
    assert not (tmp_path / "mine.gguf").exists()
    done = run(trained, *options)
    assert done.exit_code == 0, done.output
    assert set(hub.repos["owner/mine"].files) == {"notes.txt", "mine.gguf", "README.md"}


def test_a_wrong_token_is_refused_before_anything_is_written(
    hub: FakeHub, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ("--safetensors", str(tmp_path / "merged"), "--push-to-hub", "owner/mine")
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    result = run(trained, *options)
    assert "does not accept the token" in refused(result)
    assert result.exception.exit_code == 2
    monkeypatch.delenv("HF_TOKEN")
    assert "needs a token of the hub" in refused(run(trained, *options))
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    hub.forbidden = True
    assert "may not write to owner/mine" in refused(run(trained, *options))
    assert not (tmp_path / "merged").exists()


def test_a_model_that_is_no_folder_is_refused_before_a_repository_is_created(hub: FakeHub) -> None:
    said = refused(run(Path("owner/theirs"), "--push-to-hub", "owner/mine"))
    assert said.startswith("owner/theirs is no folder that can be published as it is.")
    assert not hub.requests


def test_an_upload_that_fails_is_reported(hub: FakeHub, trained: Path, tmp_path: Path) -> None:
    hub.storage_is_full = True
    options = ("--safetensors", str(tmp_path / "merged"), "--push-to-hub", "owner/mine")
    assert "The hub has an error of its own (507)" in refused(run(trained, *options))
    assert (tmp_path / "merged" / "model.safetensors").is_file()


def test_a_hub_that_cannot_be_reached_is_reported(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", url)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    options = ("--safetensors", str(tmp_path / "merged"), "--push-to-hub", "owner/mine")
    result = run(trained, *options)
    assert "hub cannot be reached" in refused(result)
    assert result.exception.exit_code == 2
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    assert "hub cannot be reached" in refused(run(trained, *options))


@pytest.mark.parametrize("name", ["a/b/c", "has space", "-dash", ""])
def test_an_impossible_name_is_refused(hub: FakeHub, trained: Path, name: str) -> None:
    assert "not the name of a repository" in refused(run(trained, "--push-to-hub", name))


def test_a_training_is_published_or_refused_before_it_starts(hub: FakeHub, tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", train=20)
    command = [
        str(corpus), "-o", str(tmp_path / "out"), "--base", "gpt2-tiny", "--from-scratch",
        "--device", "cpu", "--max-seq-length", "64", "--max-steps", "2",
    ]  # fmt: skip
    hub.repos["owner/public"] = Repo(private=False)
    options = ["--push-to-hub", "owner/public", "--private"]
    result = CliRunner().invoke(train_command, [*command, *options])
    assert "public repository already" in refused(result)
    assert not (tmp_path / "out").exists()
    done = CliRunner().invoke(train_command, [*command, "--push-to-hub", "owner/mine"])
    assert done.exit_code == 0, done.output
    assert "model.safetensors" in hub.repos["owner/mine"].files
    result = CliRunner().invoke(train_command, [*command, "--private"])
    assert isinstance(result.exception, InputRefused)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([], "Say what to write"),
        (["--private"], "Say what to write"),
        (["--gguf", "a", "--private"], "--private is for --push-to-hub"),
        (["--gguf", "a", "--safetensors", "b"], "only one of"),
        (["--safetensors", "b", "--type", "Q8_0"], "Q8_0 is for GGUF"),
        (["--safetensors", "b", "--no-check"], "--check is for --gguf"),
        (["--safetensors", "b", "--adapter-only"], "contains no adapter"),
        (["--push-to-hub", "r", "--adapter-only"], "--adapter-only is for what is written"),
        (["--gguf", "a", "--adapter-only", "--type", "F16"], "Leave --type out"),
        (["--push-to-hub", "r", "--type", "F16"], "--type is for what is written"),
        (["--push-to-hub", "r", "--force"], "--force is for what is written"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    tmp_path: Path, options: list[str], sentence: str
) -> None:
    assert sentence in refused(run(small_models.gpt2_folder(tmp_path / "base"), *options))
