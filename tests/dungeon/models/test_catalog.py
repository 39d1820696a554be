"""Tests that the catalog is pinned, and that its adapters are complete and documented."""

import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import get_args

import pytest

from dungeon.errors import InputRefused
from dungeon.models.catalog import (
    DEFAULT_REPLY_TOKENS,
    PromptFormat,
    WebFile,
    WheelMember,
    catalog,
    recommended_guidance,
    recommended_reply_tokens,
    recommended_sampling,
    recommended_state_finder,
)
from dungeon.models.model_folder import read_folder
from dungeon.models.resolver import CatalogModel, resolve
from tests.rows import every_row

ENTRIES = catalog().entries.values()
WITH_ADAPTER = [entry for entry in ENTRIES if entry.adapter]
ADAPTERS = Path(__file__).parents[3] / "dungeon" / "models" / "adapters"


@every_row("entry", ENTRIES)
def test_every_model_is_pinned_to_one_file(entry):
    assert len(entry.sha256) == 64
    match entry.source:
        case WheelMember(requirement):
            assert "==" in requirement
            assert entry.is_size_exact
        case WebFile(url):
            assert url.startswith("https://huggingface.co/")
            assert url.endswith(".gguf")
            assert entry.quantisation in url.upper()
    assert entry.licence == "Apache-2.0"
    assert entry.prompt_format in get_args(PromptFormat)
    assert entry.cache_bytes_per_token > 0
    base = catalog().entries[entry.base]
    assert base.adapter is None
    assert (base.sha256, base.source) == (entry.sha256, entry.source)


def test_the_default_is_our_model_and_its_base_can_be_played_alone():
    assert resolve("") == resolve("grue") == CatalogModel(catalog().entries["grue-135m"])
    assert resolve("smollm2") == CatalogModel(catalog().entries["smollm2-135m"])


@every_row("entry", WITH_ADAPTER)
def test_a_shipped_adapter_is_complete_small_and_documented(entry):
    weights = entry.adapter / "adapter_model.safetensors"
    assert hashlib.sha256(weights.read_bytes()).hexdigest() == entry.adapter_sha256
    assert sum(file.stat().st_size for file in entry.adapter.iterdir()) <= 20_000_000
    folder = read_folder(entry.adapter)
    assert folder.grue_json["files"] == {weights.name: entry.adapter_sha256}
    assert (entry.adapter / "recipe.sh").read_text(encoding="utf-8").startswith("#!/bin/sh")
    assert (folder.base, folder.base_sha256) == (entry.base, entry.sha256)
    card = (entry.adapter / "README.md").read_text(encoding="utf-8")
    listed = (entry.adapter / "works.jsonl").read_text(encoding="utf-8").splitlines()
    works = [json.loads(line) for line in listed]
    assert {"GPL-3.0-or-later", "CC-BY-SA-4.0", "unknown"}.isdisjoint(w["licence"] for w in works)
    for licence in {work["licence"] for work in works}:
        assert licence in card
    assert folder.grue_json["metrics"]["evaluation"]["play"]["second_person"] >= 0.95
    assert folder.grue_json["recipe"]["lora_rank"]


@pytest.mark.skipif(os.name != "posix", reason="needs a shell")
@pytest.mark.parametrize(("given", "base"), [([], "smollm2-135m"), (["gpt2"], "gpt2")])
def test_the_recipe_trains_twice_and_evaluates_on_any_base(tmp_path, given, base):
    notes = tmp_path / "notes"
    for name in ("grue", "python"):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f'#!/bin/sh\necho {name} "$@" >> "{notes}"\n')
        program.chmod(0o755)
    recipe = ADAPTERS / "grue-135m" / "recipe.sh"
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    command = ["sh", str(recipe), str(tmp_path / "out"), *given]
    subprocess.run(command, env=os.environ | {"PATH": path}, check=True)
    calls = [line.split() for line in notes.read_text().splitlines()]
    assert [call[:2] for call in calls] == [
        ["grue", "corpus"],
        ["grue", "train"],
        ["python", str(ADAPTERS.parents[2] / "stories" / "scored" / "make_pairs.py")],
        ["grue", "train"],
        ["grue", "export"],
        ["grue", "corpus"],
        ["grue", "evaluate"],
    ]
    stories = [Path(word) for word in calls[0] if word.endswith(".txt")]
    assert len(stories) == 993
    assert all(path.is_file() for path in stories)
    assert calls[1][calls[1].index("--base") + 1] == base
    assert calls[3][calls[3].index("--base") + 1] == str(tmp_path / "out" / "model")
    assert calls[6][calls[6].index("--baseline") + 1] == base


def test_only_adapters_of_the_catalog_are_in_the_repository():
    if not (ADAPTERS.parents[2] / ".git").exists():
        pytest.skip("this is no clone")
    git = ["git", "-C", str(ADAPTERS), "ls-files", "--full-name", ":/*.safetensors", ":/*.gguf"]
    listed = subprocess.run(git, capture_output=True, text=True, check=True)
    known = {f"dungeon/models/adapters/{e.adapter.name}/adapter_model.safetensors"
             for e in WITH_ADAPTER}  # fmt: skip
    assert set(listed.stdout.split()) == known


def test_there_is_a_model_for_every_size_of_machine():
    sizes = [round(entry.bytes / 1e9, 1) for entry in ENTRIES if isinstance(entry.source, WebFile)]
    assert sizes == [0.4, 1.1, 2.5, 4.9, 7.5, 14.3]
    assert resolve("wayfarer") == CatalogModel(catalog().entries["wayfarer-12b"])


def test_the_sampling_that_a_models_makers_recommend_is_known():
    recommended = recommended_sampling("wayfarer-12b")
    assert (recommended.temperature, recommended.top_k) == (1.2, 400)
    assert recommended_sampling("default") is recommended_sampling("none of ours") is None


def test_an_unknown_model_lists_the_catalog():
    with pytest.raises(InputRefused, match=r"grue-135m, smollm2-135m"):
        resolve("nothing of that kind")


def test_only_large_models_are_asked_what_has_changed() -> None:
    asked = {name for name in catalog().entries if recommended_state_finder(name) == "model"}
    assert asked == set(catalog().entries) - {"grue-135m", "smollm2-135m", "qwen3-0.6b"}
    assert {recommended_state_finder(each) for each in ("", "x.gguf", "http://127.0.0.1:1")} == {
        "rules"
    }


def test_small_models_are_brief_and_an_unknown_one_has_the_usual_length() -> None:
    assert (recommended_guidance(""), recommended_guidance("smollm2")) == (1.0, 1.5)
    assert recommended_guidance("http://127.0.0.1:8080") == 1.0
    assert (recommended_reply_tokens(""), recommended_reply_tokens("smollm2")) == (24, 35)
    assert recommended_reply_tokens("http://127.0.0.1:8080") == DEFAULT_REPLY_TOKENS
