"""Provides proof of what may be written after --model, and of what it then means."""

import json
import os

import pytest

from dungeon.errors import InputRefused
from dungeon.weights import hashes
from dungeon.weights.catalog import catalog
from dungeon.weights.prepare import prepare
from dungeon.weights.resolve import (
    CatalogModel,
    FileModel,
    ScriptedModel,
    ServedModel,
    is_ready,
    ready,
    resolve,
    state,
)
from tests.dungeon.weights.tiny import entry_for, write_model


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "story" / "my-tale.gguf"
    path.parent.mkdir()
    write_model(path)
    return path


@pytest.mark.parametrize("ref", ["", "default", "smollm2-135m"])
def test_a_name(ref):
    choice = resolve(ref)
    assert choice == CatalogModel(catalog().entries["smollm2-135m"])
    assert choice.name == "smollm2-135m"


def test_the_default_is_in_the_catalog_and_pinned():
    entry = catalog().entries[catalog().default]
    assert len(entry.sha256) == 64
    assert "==" in entry.requirement
    assert entry.licence == "Apache-2.0"


def test_a_file_and_a_folder(model, tmp_path):
    choice = resolve(str(model))
    assert isinstance(choice, FileModel)
    assert (choice.name, choice.architecture, choice.context_length) == ("my-tale", "llama", 512)
    assert resolve(str(model.parent)) == choice
    assert is_ready(choice, tmp_path)
    (model.parent / "grue.json").write_text(json.dumps({"context_length": 256}))
    assert resolve(str(model.parent)).context_length == 256


def test_a_folder_of_several_wants_one_named(model):
    write_model(model.with_name("second.gguf"))
    with pytest.raises(InputRefused, match=r"my-tale\.gguf, second\.gguf"):
        resolve(str(model.parent))
    (model.parent / "grue.json").write_text('{"gguf": "second.gguf"}')
    assert resolve(str(model.parent)).name == "second"


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "holds no .gguf"),
        ({"config.json": "{}", "model.safetensors": ""}, "Hugging Face files.*not there yet"),
        ({"adapter_config.json": "{}"}, "Hugging Face files.*not there yet"),
        ({"x.gguf": "", "grue.json": "{"}, "no JSON"),
        ({"x.gguf": "", "grue.json": "[]"}, "no JSON object"),
        ({"x.gguf": "junk"}, "no GGUF model file"),
        ({"grue.json": '{"gguf": "gone.gguf"}'}, "cannot be read"),
    ],
)
def test_a_folder_that_is_none(tmp_path, files, words):
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    with pytest.raises(InputRefused, match=words):
        resolve(str(folder))


def test_servers_and_scripts(tmp_path):
    assert resolve("http://host:1/v1") == ServedModel("http://host:1/v1", None)
    assert resolve("https://host#llama3:8b") == ServedModel("https://host", "llama3:8b")
    assert resolve("scripted:") == ScriptedModel(None)
    assert resolve(f"scripted:{tmp_path}/x.json") == ScriptedModel(tmp_path / "x.json")


@pytest.mark.parametrize(
    "ref", ["gpt-9", "./nowhere.gguf", "ftp://host", "\x1b[2J", "x" * 9999, "~nobody-here/x"]
)
def test_what_means_nothing_is_refused_with_what_is_possible(ref):
    with pytest.raises(InputRefused, match=r"smollm2-135m.*\.gguf.*http://") as refused:
        resolve(ref)
    assert "\x1b" not in str(refused.value)


def test_a_files_hash_is_worked_out_once(model, tmp_path, monkeypatch):
    models = tmp_path / "models"
    first = ready(resolve(str(model)), models)
    assert len(first.sha256) == 64
    reads = []
    monkeypatch.setattr(hashes, "_hash", lambda path, *_: reads.append(path) or "again")
    assert ready(resolve(str(model)), models) == first
    assert reads == []
    os.utime(model, (1, 1))
    assert ready(resolve(str(model)), models).sha256 == "again"


@pytest.mark.parametrize("damage", ["", "[]", "{", '{"x": 3}', "[" * 100_000])
def test_a_damaged_memory_of_hashes_costs_only_time(model, tmp_path, damage):
    models = tmp_path / "models"
    digest = ready(resolve(str(model)), models).sha256
    (models / "hashes.json").write_text(damage)
    assert ready(resolve(str(model)), models).sha256 == digest


def test_how_far_a_catalogued_model_is(model, tmp_path):
    models = tmp_path / "models"
    entry = entry_for(model.read_bytes())
    assert state(entry, models) == "not pulled"
    assert not is_ready(CatalogModel(entry), models)
    models.mkdir()
    (models / "tiny.gguf").write_bytes(model.read_bytes())
    assert state(entry, models) == "fetched"
    prepare(entry, models / "tiny.gguf", models)
    assert state(entry, models) == "ready"
    assert is_ready(CatalogModel(entry), models)
    (models / "tiny.gguf").unlink()  # a prepared model needs no network
    file = ready(CatalogModel(entry), models)
    assert (file.name, file.context_length) == ("tiny", 512)
    assert file.path.parent == models / "prepared"
