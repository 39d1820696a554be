"""Tests that every kind of reference loads the model it names, and nothing unsafe."""

import json
from dataclasses import replace

import huggingface_hub.constants
import pytest
import torch

from dungeon.errors import InputRefused, WeightsError
from dungeon.models.catalog import catalog
from dungeon.models.resolver import CatalogModel, resolve_local
from tests.training import small_models
from training.models.loading import load_causal_lm


def logits(model, words, text=small_models.TEXT):
    ids = words(text[:150], return_tensors="pt")["input_ids"]
    with torch.no_grad():
        return model(ids).logits


@pytest.fixture
def models_dir(tmp_path):
    """A folder of models of the test's own, where digests are cached."""
    return tmp_path / "models"


def test_a_folder_is_loaded_with_the_facts_in_grue_json(tmp_path, models_dir):
    folder = small_models.gpt2_folder(tmp_path / "tale")
    (folder / "grue.json").write_text('{"context_length": 64, "licence": "CC0-1.0"}')
    loaded = load_causal_lm(str(folder), models=models_dir)
    assert (loaded.name, loaded.context_length, loaded.licence) == ("tale", 64, "CC0-1.0")
    assert loaded.reference == str(folder)
    assert len(loaded.sha256) == 64
    assert torch.equal(
        logits(loaded.model, loaded.tokenizer),
        logits(small_models.gpt2(), small_models.tokenizer()),
    )


def test_other_weights_have_another_digest(tmp_path, models_dir):
    one = load_causal_lm(str(small_models.llama_folder(tmp_path / "a", seed=1)), models=models_dir)
    two = load_causal_lm(str(small_models.llama_folder(tmp_path / "b", seed=2)), models=models_dir)
    assert one.sha256 != two.sha256


def test_shards_are_one_model_with_one_digest(tmp_path, models_dir):
    model = small_models.gpt2()
    model.save_pretrained(tmp_path / "shards", max_shard_size="100KB")
    small_models.tokenizer().save_pretrained(tmp_path / "shards")
    assert len(list((tmp_path / "shards").glob("model-*.safetensors"))) > 1
    loaded = load_causal_lm(str(tmp_path / "shards"), models=models_dir)
    whole = load_causal_lm(str(small_models.gpt2_folder(tmp_path / "whole")), models=models_dir)
    assert len(loaded.sha256) == 64
    assert loaded.sha256 != whole.sha256
    assert torch.equal(loaded.model.transformer.wte.weight, model.transformer.wte.weight)


@pytest.mark.parametrize("options", [{}, {"use_dora": True}, {"use_rslora": True}])
@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_an_adapter_is_merged_into_the_base_it_names(tmp_path, models_dir, kind, options):
    base = getattr(small_models, f"{kind}_folder")(tmp_path / "base")
    model = getattr(small_models, kind)()
    folder = small_models.adapter_folder(tmp_path / "mine", base, model, **options)
    loaded = load_causal_lm(str(folder), models=models_dir)
    assert loaded.name == "mine"
    assert loaded.base.reference == str(base)
    before = logits(load_causal_lm(str(base), models=models_dir).model, loaded.tokenizer)
    after = logits(loaded.model, loaded.tokenizer)
    assert (before - after).abs().max() > 0.1
    expected = logits(model, loaded.tokenizer)  # PEFT has put its layers into `model`
    assert torch.allclose(after, expected, atol=1e-4)


def test_the_base_in_grue_json_is_used_and_its_digest_checked(tmp_path, models_dir):
    base = small_models.gpt2_folder(tmp_path / "base")
    folder = small_models.adapter_folder(tmp_path / "mine", tmp_path / "gone", small_models.gpt2())
    digest = load_causal_lm(str(base), models=models_dir).sha256
    notes = {"base": {"reference": str(base), "sha256": digest}}
    (folder / "grue.json").write_text(json.dumps(notes))
    assert load_causal_lm(str(folder), models=models_dir).base.sha256 == digest
    notes["base"]["sha256"] = "0" * 64
    (folder / "grue.json").write_text(json.dumps(notes))
    with pytest.raises(InputRefused, match="made for another base"):
        load_causal_lm(str(folder), models=models_dir)


def test_an_adapter_that_is_its_own_base_is_refused(tmp_path, models_dir):
    folder = small_models.adapter_folder(tmp_path / "mine", tmp_path / "mine", small_models.gpt2())
    with pytest.raises(InputRefused, match="its own base"):
        load_causal_lm(str(folder), models=models_dir)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({}, "holds no model"),
        ({"config.json": '{"model_type": "gpt2"}'}, "no weights"),
        ({"config.json": "{}", "pytorch_model.bin": "x"}, "pickles, which can run any program"),
        ({"config.json": "[]"}, "not a JSON object|no weights"),
        ({"config.json": "{}", "model.safetensors": "x"}, "no tokenizer|cannot be loaded"),
        (
            {"adapter_config.json": "{}", "adapter_model.safetensors": "x"},
            "does not name its base model",
        ),
        ({"grue.json": "{", "config.json": "{}"}, "not valid JSON"),
    ],
)
def test_what_cannot_be_loaded_is_refused_with_a_sentence(tmp_path, models_dir, files, sentence):
    folder = tmp_path / "odd"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_text(content)
    with pytest.raises(InputRefused, match=sentence):
        load_causal_lm(str(folder), models=models_dir)


def test_damaged_weights_are_refused(tmp_path, models_dir):
    folder = small_models.gpt2_folder(tmp_path / "tale")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])
    with pytest.raises(InputRefused, match="cannot be loaded"):
        load_causal_lm(str(folder), models=models_dir)


def test_code_that_comes_with_a_model_is_not_run(tmp_path, models_dir):
    folder = small_models.gpt2_folder(tmp_path / "tale")
    config = json.loads((folder / "config.json").read_text())
    autos = {"AutoModelForCausalLM": "trap.Trap", "AutoConfig": "trap.C"}
    config |= {"model_type": "trap", "auto_map": autos}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "trap.py").write_text(f"open({str(tmp_path / 'sprung')!r}, 'w')")
    with pytest.raises(InputRefused):
        load_causal_lm(str(folder), models=models_dir)
    assert not (tmp_path / "sprung").exists()


def test_a_hub_id_names_both_alternatives_where_there_is_no_hub(models_dir, monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    for name in ("gpt2-medium", "somebody/no-such-model"):
        with pytest.raises(WeightsError, match=r"folder.*smollm2.*--from-scratch"):
            load_causal_lm(name, models=models_dir)


def test_an_unknown_reference_lists_what_is_possible(models_dir):
    with pytest.raises(InputRefused, match=r"no model “smoll”.*smollm2-135m.*owner/name"):
        load_causal_lm("smoll", models=models_dir)


@pytest.mark.model
def test_the_catalog_model_loads_as_a_plain_one_that_can_be_saved(tmp_path, real_models_dir):
    loaded = load_causal_lm("smollm2", models=real_models_dir)
    assert (loaded.name, loaded.licence) == ("smollm2-135m", "Apache-2.0")
    assert loaded.sha256.startswith("b179c952")
    assert loaded.tokenizer("hello\n\nworld 123")["input_ids"] == [
        28120, 198, 198, 6693, 216, 33, 34, 35,
    ]  # fmt: skip
    prompt = loaded.tokenizer("The capital of France is", return_tensors="pt")["input_ids"]
    with torch.no_grad():
        best = loaded.model(prompt).logits[0, -1].argmax()
    assert loaded.tokenizer.decode(best) == " Paris"
    loaded.model.half().save_pretrained(tmp_path / "plain")  # half the bytes to write
    assert (tmp_path / "plain" / "model.safetensors").stat().st_size > 2.5e8


@pytest.mark.model
def test_the_default_model_is_its_base_with_the_shipped_adapter(real_models_dir):
    loaded = load_causal_lm("grue", models=real_models_dir)
    entry = catalog().entries["grue-135m"]
    assert (loaded.name, loaded.reference, loaded.licence) == (
        "grue-135m",
        "grue-135m",
        "Apache-2.0",
    )
    assert loaded.sha256 == entry.adapter_sha256
    assert loaded.base is not None
    assert loaded.base.sha256 == entry.sha256
    weight = loaded.model.get_input_embeddings().weight
    assert weight.dtype == torch.float32


def test_an_adapter_that_differs_from_the_shipped_one_is_refused(tmp_path, models_dir, monkeypatch):
    base = small_models.llama_folder(tmp_path / "base")
    adapter = small_models.adapter_folder(tmp_path / "ours", base, small_models.llama())
    entry = replace(catalog().entries["grue-135m"], adapter=adapter)

    def resolve(reference):
        return CatalogModel(entry) if reference == "grue" else resolve_local(reference)

    monkeypatch.setattr("training.models.loading.resolve_local", resolve)
    with pytest.raises(InputRefused, match="not the adapter Grue came with"):
        load_causal_lm("grue", models=models_dir)


def test_a_folder_with_a_gguf_file_loads_its_safetensors(tmp_path, models_dir):
    folder = small_models.gpt2_folder(tmp_path / "tale")
    digest = load_causal_lm(str(folder), models=models_dir).sha256
    (folder / "tale.gguf").write_bytes(b"GGUF")
    assert load_causal_lm(str(folder), models=models_dir).sha256 == digest


@pytest.mark.parametrize("reference", ["http://127.0.0.1:8080", "scripted:"])
def test_a_model_without_weights_here_is_refused(models_dir, reference):
    with pytest.raises(InputRefused, match="There is no model"):
        load_causal_lm(reference, models=models_dir)
