"""Tests that a prepared model is the downloaded one, requantised, with the adapters merged."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from dungeon.errors import WeightsError
from dungeon.models.download import download_path
from dungeon.models.preparation import is_prepared, prepare, prepared_path
from tests.dungeon.models.tiny import (
    RANK,
    entry_for,
    halves,
    read_model,
    write_gguf_adapter,
    write_model,
    write_peft_adapter,
)


@pytest.fixture
def base(tmp_path):
    path = tmp_path / "base.gguf"
    write_model(path)
    return path


def test_a_model_is_prepared_once_and_again_when_damaged(tmp_path, base):
    entry = entry_for(base.read_bytes())
    heard = []
    first = prepare(entry, base, tmp_path, progress=lambda *step: heard.append(step))
    assert first == prepared_path(entry, tmp_path)
    assert heard[-1][0] == "Preparing"
    assert heard[-1][1] == heard[-1][2]
    whole = first.read_bytes()
    heard.clear()
    assert prepare(entry, base, tmp_path, progress=lambda *step: heard.append(step)) == first
    assert "Preparing" not in {step[0] for step in heard}
    first.write_bytes(whole[:-1000])
    assert not is_prepared(first, tmp_path)
    prepare(entry, base, tmp_path)
    assert first.read_bytes() == whole
    assert sorted(path.suffix for path in first.parent.iterdir()) == [".gguf", ".sha256"]


def test_another_adapter_or_quantisation_is_another_file(tmp_path, base):
    entry = entry_for(base.read_bytes())
    paths = {prepared_path(entry, tmp_path), prepared_path(entry_for(b"other"), tmp_path)}
    paths.add(prepared_path(entry_for(base.read_bytes(), prepared="Q4_0"), tmp_path))
    for alpha in (1.0, 2.0):
        write_gguf_adapter(tmp_path / "adapter.gguf", halves(), alpha)
        paths.add(prepared_path(entry, tmp_path, tmp_path / "adapter.gguf"))
    assert len(paths) == 5


def shipped(base, folder, **changes):
    """Return an entry whose adapter lies in `folder`, and what that adds to the up weight."""
    chance = np.random.default_rng(4)
    key = "base_model.model.model.layers.0.mlp.up_proj.lora_{}.weight"
    a, b = chance.normal(size=(RANK, 64)), chance.normal(size=(128, RANK))
    write_peft_adapter(folder, {key.format("A"): a, key.format("B"): b}, lora_alpha=RANK)
    digest = hashlib.sha256((folder / "adapter_model.safetensors").read_bytes()).hexdigest()
    named = {"base": "tiny-base", "adapter": folder, "adapter_sha256": digest, "prepared": "F16"}
    return entry_for(base.read_bytes(), **named | changes), b @ a


def test_the_shipped_adapter_is_merged_before_the_users(tmp_path, base):
    entry, added = shipped(base, tmp_path / "ours")
    parts, alpha = halves(), 6.0
    write_gguf_adapter(tmp_path / "mine.gguf", parts, alpha)
    assert download_path(entry, tmp_path).name == "tiny-base.gguf"
    alone = prepare(entry, base, tmp_path)
    both = prepare(entry, base, tmp_path, adapter=tmp_path / "mine.gguf")
    plain = prepared_path(replace(entry, adapter=None), tmp_path)
    assert len({alone, both, plain}) == 3
    config = tmp_path / "ours" / "adapter_config.json"
    config.write_text(config.read_text().replace(f"{RANK}", f"{2 * RANK}"))
    assert prepared_path(entry, tmp_path) != alone
    name = "blk.0.ffn_up.weight"
    old, ours, all_ = (read_model(path)[0][name] for path in (base, alone, both))
    assert np.abs(ours - old - added).max() < 0.05
    a, b = parts[name]
    assert np.abs(all_ - ours - b @ a * alpha / RANK).max() < 0.1


def test_a_damaged_shipped_adapter_is_refused(tmp_path, base):
    entry, _ = shipped(base, tmp_path / "ours", adapter_sha256="0" * 64)
    with pytest.raises(WeightsError, match=r"not the adapter Grue came with.*play tiny-base"):
        prepare(entry, base, tmp_path)
    (tmp_path / "ours" / "adapter_model.safetensors").unlink()
    with pytest.raises(WeightsError, match="missing"):
        prepare(entry, base, tmp_path)
    assert not (tmp_path / "prepared").exists()


def test_an_interrupted_preparation_leaves_nothing(tmp_path, base):
    def enough(*_):
        raise KeyboardInterrupt

    entry = entry_for(base.read_bytes())
    with pytest.raises(KeyboardInterrupt):
        prepare(entry, base, tmp_path, progress=enough)
    assert list((tmp_path / "prepared").iterdir()) == []


def test_an_adapter_for_another_model_is_refused(tmp_path, base):
    entry = entry_for(base.read_bytes())
    a, b = halves()["blk.0.ffn_up.weight"]
    for name, parts in (
        ("shape", {"blk.0.attn_q.weight": (a, b)}),
        ("name", {"blk.7.attn_q.weight": (a, b)}),
    ):
        write_gguf_adapter(tmp_path / name, parts, 1.0)
        with pytest.raises(WeightsError, match="made for another model"):
            prepare(entry, base, tmp_path, adapter=tmp_path / name)


def test_a_folder_that_is_no_adapter_is_refused(tmp_path, base):
    entry = entry_for(base.read_bytes())
    write_peft_adapter(tmp_path / "peft", {"lm_head.weight": np.ones((2, 2))}, lora_alpha=1)
    with pytest.raises(WeightsError, match="no adapter"):
        prepare(entry, base, tmp_path, adapter=tmp_path / "peft")


def test_a_place_where_nothing_can_be_written_or_removed_is_told_in_a_sentence(tmp_path, base):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "prepared").write_text("A file is in the way of the folder.")
    with pytest.raises(WeightsError, match=r"cannot be prepared in .*Name another folder with"):
        prepare(entry_for(base.read_bytes()), base, tmp_path / "models")
