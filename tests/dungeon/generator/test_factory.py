"""Tests that each kind of model gets its generator."""

import pytest

from dungeon.errors import InputRefused
from dungeon.files.home import Home
from dungeon.generator.factory import create_generator
from dungeon.generator.llama_cpp import LlamaCppGenerator
from dungeon.generator.remote import RemoteGenerator
from dungeon.generator.scripted import ScriptedGenerator
from tests.dungeon.models.tiny import write_model


def test_each_kind_of_model_gets_its_generator(tmp_path):
    home = Home(tmp_path / "home")
    path = tmp_path / "tale.gguf"
    write_model(path)
    llama = create_generator(str(path), home, context_length=300)
    assert isinstance(llama, LlamaCppGenerator)
    assert (llama.model.name, llama.model.context_length) == ("tale", 300)
    assert len(llama.model.sha256) == 64
    assert create_generator(str(path), home).model.context_length == 512
    remote = create_generator("http://127.0.0.1:1#saga", home)
    assert isinstance(remote, RemoteGenerator)
    assert remote.model.name == "saga"
    assert isinstance(create_generator("scripted:", home), ScriptedGenerator)
    (tmp_path / "script.json").write_text('{"context_length": 77}')
    assert create_generator(f"scripted:{tmp_path}/script.json", home).model.context_length == 77
    with pytest.raises(InputRefused):
        create_generator("nothing", home)


def test_a_folder_of_weights_gets_the_torch_generator(tmp_path):
    from dungeon.generator.torch import TorchGenerator

    folder = tmp_path / "saga"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "gpt2", "n_positions": 256}')
    (folder / "model.safetensors").write_bytes(b"weights")
    chosen = create_generator(str(folder), Home(tmp_path / "home"))
    assert isinstance(chosen, TorchGenerator)
    assert (chosen.model.name, chosen.model.context_length) == ("saga", 256)
    assert len(chosen.model.sha256) == 64
    assert (
        create_generator(str(folder), Home(tmp_path), context_length=100).model.context_length
        == 100
    )


def test_without_torch_the_error_names_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr("dungeon.generator.factory.find_spec", lambda _: None)
    for reference in ("gpt2", "somebody/saga"):
        with pytest.raises(InputRefused, match=r"torch and transformers.*grue\[gpu\]"):
            create_generator(reference, Home(tmp_path))
