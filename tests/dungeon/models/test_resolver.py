"""Tests of what may be given to --model, and of the model it resolves to."""

import hashlib
import json
import os

import pytest

from dungeon.errors import InputRefused, WeightsError
from dungeon.models import hashes
from dungeon.models.catalog import catalog
from dungeon.models.preparation import prepare
from dungeon.models.resolver import (
    CatalogModel,
    FileModel,
    FolderModel,
    HubModel,
    PreparedFolders,
    ScriptedModel,
    ServedModel,
    find_prepared_file,
    is_available,
    preparation_state,
    prepare_file,
    prepare_folders,
    resolve,
    resolve_local,
)
from tests.dungeon.models.tiny import entry_for, write_model
from tests.rows import every_row


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "story" / "my-tale.gguf"
    path.parent.mkdir()
    write_model(path)
    return path


@every_row(
    ("ref", "name"),
    [
        ("", "grue-135m"),
        ("default", "grue-135m"),
        ("grue-135m", "grue-135m"),
        ("smollm2-135m", "smollm2-135m"),
        ("smollm2", "smollm2-135m"),
    ],
)
def test_a_catalog_name(ref, name):
    choice = resolve(ref)
    assert choice == CatalogModel(catalog().entries[name])
    assert choice.name == name


def test_a_gguf_file_alone_and_in_a_folder(model, tmp_path):
    choice = resolve(str(model))
    assert isinstance(choice, FileModel)
    assert (choice.name, choice.architecture, choice.context_length) == ("my-tale", "llama", 512)
    assert resolve(str(model.parent)) == choice
    assert is_available(choice, tmp_path)
    (model.parent / "grue.json").write_text(json.dumps({"context_length": 256}))
    assert resolve(str(model.parent)).context_length == 256


def test_a_folder_with_several_files_needs_one_named(model):
    write_model(model.with_name("second.gguf"))
    with pytest.raises(InputRefused, match=r"my-tale\.gguf, second\.gguf"):
        resolve(str(model.parent))
    (model.parent / "grue.json").write_text('{"gguf": "second.gguf"}')
    assert resolve(str(model.parent)).name == "second"


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "holds no model: there is neither a .gguf"),
        ({"config.json": "{}"}, "no model.safetensors"),
        ({"config.json": "{}", "pytorch_model.bin": ""}, "pickles, which can run any program"),
        ({"adapter_config.json": "{}"}, "does not name its base model"),
        ({"x.gguf": "", "grue.json": "{"}, "not valid JSON"),
        ({"x.gguf": "", "grue.json": "[]"}, "not a JSON object"),
        ({"x.gguf": "junk"}, "no GGUF model file"),
        ({"grue.json": '{"gguf": "gone.gguf"}'}, "cannot be read"),
    ],
)
def test_a_folder_without_a_loadable_model_is_refused(tmp_path, files, words):
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    with pytest.raises(InputRefused, match=words):
        resolve(str(folder))


def folder_with(path, **files):
    path.mkdir()
    for name, document in files.items():
        (path / f"{name}.json").write_text(json.dumps(document))
    (path / ("adapter_model" if "adapter_config" in files else "model")).with_suffix(
        ".safetensors"
    ).write_bytes(path.name.encode())
    return path


def test_a_folder_of_weights_is_prepared_with_its_digest_and_length(tmp_path):
    path = folder_with(tmp_path / "mine", config={"n_positions": 1024})
    choice = resolve(str(path))
    assert isinstance(choice, FolderModel)
    found = prepare_folders(choice, tmp_path / "models")
    assert found == PreparedFolders((path,), "mine", hashlib.sha256(b"mine").hexdigest(), 1024)
    (path / "grue.json").write_text('{"context_length": 512}')
    assert prepare_folders(resolve(str(path)), tmp_path / "models").context_length == 512


def test_a_gguf_file_in_a_folder_comes_before_its_safetensors(model, tmp_path):
    path = folder_with(tmp_path / "mine", config={})
    (path / "mine.gguf").write_bytes(model.read_bytes())
    assert isinstance(resolve(str(path)), FileModel)
    assert isinstance(resolve_local(str(path)), FolderModel)


def test_adapters_are_prepared_with_all_their_bases(tmp_path):
    base = folder_with(tmp_path / "base", config={"n_positions": 1024})
    first = folder_with(tmp_path / "first", adapter_config={"base_model_name_or_path": str(base)})
    second = folder_with(
        tmp_path / "second",
        adapter_config={"base_model_name_or_path": "nowhere"},
        grue={"base": {"reference": str(first)}, "context_length": 300},
    )
    found = prepare_folders(resolve(str(second)), tmp_path / "models")
    assert (found.folders, found.name) == ((base, first, second), "second")
    assert found.sha256 == hashlib.sha256(b"second").hexdigest()
    assert found.context_length == 300


def test_a_circle_of_adapters_is_refused(tmp_path):
    one = folder_with(tmp_path / "one", adapter_config={"base_model_name_or_path": "../two"})
    folder_with(tmp_path / "two", adapter_config={"base_model_name_or_path": "../one"})
    with pytest.raises(InputRefused, match="its own base"):
        prepare_folders(resolve(str(one)), tmp_path / "models")


def test_an_adapter_for_a_gguf_file_is_refused_with_how_to_export_it(model, tmp_path):
    path = folder_with(tmp_path / "mine", adapter_config={"base_model_name_or_path": str(model)})
    with pytest.raises(InputRefused, match="grue export"):
        prepare_folders(resolve(str(path)), tmp_path / "models")


@pytest.mark.parametrize("base", ["smollm2", "smollm2-135m", "grue-135m"])
def test_an_adapter_for_a_catalog_model_is_resolved_to_that_model(tmp_path, base):
    path = folder_with(tmp_path / "mine", adapter_config={}, grue={"base": {"reference": base}})
    choice = resolve(str(path))
    assert choice == CatalogModel(catalog().find(base), path)
    assert choice.name == "mine"
    assert not is_available(choice, tmp_path / "models")


@pytest.mark.parametrize("name", ["smollm2-135m", "grue-135m"])
def test_an_adapter_for_another_edition_of_its_base_is_refused(tmp_path, name):
    entry = catalog().entries[name]
    for number, digest in enumerate([entry.adapter_sha256 or entry.sha256, "0" * 64]):
        base = {"reference": name, "sha256": digest}
        path = folder_with(tmp_path / str(number), adapter_config={}, grue={"base": base})
        if number == 0:
            assert resolve(str(path)) == CatalogModel(entry, path)
            continue
        with pytest.raises(InputRefused, match=f"trained on another {name}"):
            resolve(str(path))


@every_row("ref", ["gpt2", "gpt2-xl", "openai-community/gpt2", "a/b"])
def test_a_hub_id(ref):
    assert resolve(ref) == HubModel(ref)


def test_an_unreachable_hub_is_an_error_with_an_alternative(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(WeightsError, match=r"hub cannot be reached\. Give the folder"):
        prepare_folders(HubModel("gpt2-large"), tmp_path)


def test_server_urls_and_scripts(tmp_path):
    assert resolve("http://host:1/v1") == ServedModel("http://host:1/v1", None)
    assert resolve("https://host#llama3:8b") == ServedModel("https://host", "llama3:8b")
    assert resolve("scripted:") == ScriptedModel(None)
    assert resolve(f"scripted:{tmp_path}/x.json") == ScriptedModel(tmp_path / "x.json")


@every_row(
    "ref", ["gpt-9", "./nowhere.gguf", "ftp://host", "\x1b[2J", "x" * 9999, "~nobody-here/x"]
)
def test_an_unknown_reference_lists_what_is_possible(ref):
    with pytest.raises(InputRefused, match=r"smollm2-135m.*\.gguf.*http://") as refused:
        resolve(ref)
    assert "\x1b" not in str(refused.value)


def test_a_files_hash_is_computed_once(model, tmp_path, monkeypatch):
    models = tmp_path / "models"
    assert find_prepared_file(resolve(str(model)), models) is None
    first = prepare_file(resolve(str(model)), models)
    assert len(first.sha256) == 64
    assert find_prepared_file(resolve(str(model)), models) == first
    reads = []
    monkeypatch.setattr(hashes, "_hash", lambda path, *_: reads.append(path) or "again")
    assert prepare_file(resolve(str(model)), models) == first
    assert reads == []
    os.utime(model, (1, 1))
    assert find_prepared_file(resolve(str(model)), models) is None
    assert prepare_file(resolve(str(model)), models).sha256 == "again"


@pytest.mark.parametrize("damage", ["", "[]", "{", '{"x": 3}', "[" * 100_000])
def test_a_damaged_hash_cache_costs_only_time(model, tmp_path, damage):
    models = tmp_path / "models"
    digest = prepare_file(resolve(str(model)), models).sha256
    (models / "hashes.json").write_text(damage)
    assert prepare_file(resolve(str(model)), models).sha256 == digest


def test_the_preparation_state_of_a_catalog_model(model, tmp_path):
    models = tmp_path / "models"
    entry = entry_for(model.read_bytes())
    assert preparation_state(entry, models) == "not pulled"
    assert not is_available(CatalogModel(entry), models)
    models.mkdir()
    (models / "tiny.gguf").write_bytes(model.read_bytes())
    assert preparation_state(entry, models) == "fetched"
    prepare(entry, models / "tiny.gguf", models)
    assert preparation_state(entry, models) == "ready"
    assert is_available(CatalogModel(entry), models)
    (models / "tiny.gguf").unlink()  # a prepared model needs no network
    file = prepare_file(CatalogModel(entry), models)
    assert find_prepared_file(CatalogModel(entry), models) == file
    assert (file.name, file.context_length) == ("tiny", 512)
    assert file.path.parent == models / "prepared"
