"""Tests that only data is downloaded from the hub, and that errors have advice."""

from fnmatch import fnmatch

import httpx
import huggingface_hub
import pytest
from huggingface_hub.errors import (
    HFValidationError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
)

from dungeon.errors import InputRefused, WeightsError
from dungeon.models.hub import download_from_hub, is_hub_id
from tests.rows import every_row

ADVICE = "Give a folder."


@pytest.fixture
def hub(monkeypatch):
    """A hub that is asked, remembers it, and answers with a folder or an error."""
    asked = []

    def answering(answer):
        def snapshot_download(name, **options):
            asked.append((name, options))
            if isinstance(answer, Exception):
                raise answer
            return str(answer)

        monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
        return asked

    return answering


@every_row("name", ["gpt2", "gpt2-xl", "distilgpt2", "EleutherAI/pythia-160m", "a/b.c"])
def test_a_valid_hub_id(name):
    assert is_hub_id(name)


@every_row("name", ["", "gpt3", "a/b/c", "/a", "a/", "../a", "./a", "a b/c", "a/\x1b"])
def test_an_invalid_hub_id(name):
    assert not is_hub_id(name)


def test_weights_and_settings_are_downloaded_and_no_code(hub, tmp_path):
    asked = hub(tmp_path)
    assert download_from_hub("a/b", ADVICE) == tmp_path
    ((name, options),) = asked
    assert name == "a/b"

    def is_fetched(file):
        wanted = any(fnmatch(file, pattern) for pattern in options["allow_patterns"])
        return wanted and not any(fnmatch(file, pattern) for pattern in options["ignore_patterns"])

    harmless = (
        "model.safetensors model-00001-of-00002.safetensors model.safetensors.index.json "
        "config.json tokenizer.json vocab.json merges.txt"
    )
    others = (
        "pytorch_model.bin modeling_b.py model.ckpt weights.pkl x.pt onnx/model.json rust_model.ot "
        "training_args.bin"
    )
    assert [file for file in harmless.split() if not is_fetched(file)] == []
    assert [file for file in others.split() if is_fetched(file)] == []


@pytest.mark.parametrize(
    ("error", "kind", "sentence"),
    [
        (LocalEntryNotFoundError("no network"), WeightsError, "hub cannot be reached"),
        (OSError("disk full"), WeightsError, "hub cannot be reached"),
        (HFValidationError("bad"), InputRefused, "not the name of a model"),
        (
            RepositoryNotFoundError(
                "401 \x1b[2JNot found.",
                response=httpx.Response(401, request=httpx.Request("GET", "http://hub")),
            ),
            InputRefused,
            "does not give “a/b”",
        ),
    ],
)
def test_a_failed_download_is_an_error_with_advice(hub, error, kind, sentence):
    hub(error)
    with pytest.raises(kind, match=sentence) as told:
        download_from_hub("a/b", ADVICE)
    assert str(told.value).endswith(ADVICE)
    assert "\x1b" not in str(told.value)
