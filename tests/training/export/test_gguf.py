"""Tests that an exported file is the model: same tokens, same log-probabilities in the engine."""

import json
import signal
import subprocess
import sys

import gguf
import pytest
import torch
from tokenizers import pre_tokenizers
from transformers import LlamaForCausalLM

from dungeon.cli import main
from dungeon.errors import GrueError, InputRefused
from dungeon.models.gguf_tensors import is_transposed, to_gguf
from dungeon.models.model_folder import read_folder
from dungeon.models.requantisation import requantise
from tests.training import small_models
from training.export.gguf import export_adapter, export_gguf
from training.export.gguf_check import TEXTS, TOLERANCES, check
from training.models.loading import load_causal_lm


@pytest.fixture
def loaded(request, tmp_path):
    folder = getattr(small_models, f"{request.param}_folder")(tmp_path / request.param)
    return load_causal_lm(str(folder), models=tmp_path / "models")


BOTH = pytest.mark.parametrize("loaded", ["gpt2", "llama"], indirect=True)


@BOTH
@pytest.mark.parametrize("kind", ["F32", "F16", "Q8_0"])
def test_the_engine_predicts_what_the_model_does(tmp_path, loaded, kind):
    path = tmp_path / "out" / f"{kind}.gguf"
    export_gguf(loaded, path, kind)
    found = check(path, loaded, kind)
    assert found.positions >= 12
    assert found.mean < TOLERANCES[kind]
    assert not list(path.parent.glob(".*.part"))


@pytest.mark.parametrize("options", [{}, {"use_dora": True}])
@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_an_adapter_is_exported_merged(tmp_path, kind, options):
    base = getattr(small_models, f"{kind}_folder")(tmp_path / "base")
    model = getattr(small_models, kind)()
    folder = small_models.adapter_folder(tmp_path / "mine", base, model, **options)
    loaded = load_causal_lm(str(folder), models=tmp_path / "models")
    export_gguf(loaded, tmp_path / "mine.gguf", "F32")
    check(tmp_path / "mine.gguf", loaded, "F32")
    with pytest.raises(GrueError, match="does not predict what base does"):
        check(tmp_path / "mine.gguf", load_causal_lm(str(base), models=tmp_path / "models"), "F32")


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("gpt2", {"use_rslora": True}),
        ("gpt2", {"rank_pattern": {"c_fc": 2}}),
        ("llama", {}),
        ("llama", {"rank_pattern": {"up_proj": 2}, "alpha_pattern": {"q_proj": 3}}),
    ],
)
def test_an_exported_adapter_gives_the_same_log_probabilities_as_merged(tmp_path, kind, options):
    base_folder = getattr(small_models, f"{kind}_folder")(tmp_path / "base")
    model = getattr(small_models, kind)()
    folder = small_models.adapter_folder(tmp_path / "mine", base_folder, model, **options)
    base = load_causal_lm(str(base_folder), models=tmp_path / "models")
    adapter = tmp_path / "mine.gguf"
    export_adapter(read_folder(folder), base, adapter)
    export_gguf(base, tmp_path / "base.gguf", "F32")
    merged = load_causal_lm(str(folder), models=tmp_path / "models")
    check(tmp_path / "base.gguf", merged, "F32", adapters=(adapter,))
    with pytest.raises(GrueError, match="does not predict what"):
        check(tmp_path / "base.gguf", merged, "F32")


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_preparation_merges_a_dora_adapter(tmp_path, kind):
    base_folder = getattr(small_models, f"{kind}_folder")(tmp_path / "base")
    model = getattr(small_models, kind)()
    options = {"use_dora": True, "use_rslora": True}
    folder = small_models.adapter_folder(tmp_path / "mine", base_folder, model, **options)
    base = load_causal_lm(str(base_folder), models=tmp_path / "models")
    export_gguf(base, tmp_path / "base.gguf", "F32")
    requantise(tmp_path / "base.gguf", tmp_path / "out.gguf", "F16", adapters=[folder])
    check(tmp_path / "out.gguf", load_causal_lm(str(folder), models=tmp_path / "models"), "F16")


def test_preparation_merges_an_exported_adapter(tmp_path):
    """The adapter that ships goes this way: `dungeon.models.lora` reads it."""
    base_folder = small_models.llama_folder(tmp_path / "base")
    folder = small_models.adapter_folder(tmp_path / "mine", base_folder, small_models.llama())
    base = load_causal_lm(str(base_folder), models=tmp_path / "models")
    export_adapter(read_folder(folder), base, tmp_path / "mine.gguf")
    export_gguf(base, tmp_path / "base.gguf", "F32")
    requantise(
        tmp_path / "base.gguf", tmp_path / "out.gguf", "F16", adapters=[tmp_path / "mine.gguf"]
    )
    check(tmp_path / "out.gguf", load_causal_lm(str(folder), models=tmp_path / "models"), "F16")


def test_a_dora_adapter_cannot_be_exported_alone(tmp_path):
    base = small_models.gpt2_folder(tmp_path / "base")
    folder = small_models.adapter_folder(
        tmp_path / "mine", base, small_models.gpt2(), use_dora=True
    )
    with pytest.raises(InputRefused, match=r"DoRA .* merged into its base"):
        export_adapter(
            read_folder(folder),
            load_causal_lm(str(base), models=tmp_path / "models"),
            tmp_path / "a.gguf",
        )


@BOTH
def test_an_exported_file_loads_as_the_same_model(tmp_path, loaded):
    export_gguf(loaded, tmp_path / "a.gguf", "F32")
    again = load_causal_lm(str(tmp_path / "a.gguf"), models=tmp_path / "models")
    for (name, ours), theirs in zip(
        loaded.model.state_dict().items(), again.model.state_dict().values(), strict=True
    ):
        assert torch.equal(ours, theirs), name
    for text in TEXTS:
        assert again.tokenizer(text)["input_ids"] == loaded.tokenizer(text)["input_ids"]
    assert again.tokenizer.eos_token == loaded.tokenizer.eos_token
    assert again.context_length == 128


def test_transformers_reads_a_llama_file_as_we_do(tmp_path):
    folder = small_models.save(
        tmp_path / "a", small_models.llama(tied=False), small_models.tokenizer("smollm")
    )
    export_gguf(
        load_causal_lm(str(folder), models=tmp_path / "models"), tmp_path / "a.gguf", "Q8_0"
    )
    ours = load_causal_lm(str(tmp_path / "a.gguf"), models=tmp_path / "models").model.state_dict()
    theirs = LlamaForCausalLM.from_pretrained(tmp_path, gguf_file="a.gguf").state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_a_padded_vocabulary_is_kept_and_never_sampled(tmp_path):
    words = small_models.tokenizer()
    folder = small_models.save(tmp_path / "a", small_models.gpt2(vocabulary=len(words) + 13), words)
    loaded = load_causal_lm(str(folder), models=tmp_path / "models")
    export_gguf(loaded, tmp_path / "a.gguf", "F16")
    check(tmp_path / "a.gguf", loaded, "F16")
    kinds = gguf.GGUFReader(tmp_path / "a.gguf").get_field("tokenizer.ggml.token_type").contents()
    assert kinds[-13:] == [gguf.TokenType.UNUSED] * 13
    assert kinds[words.eos_token_id] == gguf.TokenType.CONTROL


@pytest.mark.parametrize(
    ("setting", "value"),
    [("activation_function", "relu"), ("scale_attn_by_inverse_layer_idx", True)],
)
def test_settings_that_llama_cpp_does_not_have_are_refused(tmp_path, setting, value):
    loaded = load_causal_lm(
        str(small_models.gpt2_folder(tmp_path / "a")), models=tmp_path / "models"
    )
    setattr(loaded.model.config, setting, value)
    with pytest.raises(InputRefused, match=setting):
        export_gguf(loaded, tmp_path / "a.gguf")
    assert not (tmp_path / "a.gguf").exists()


def test_an_unsupported_pre_tokenizer_is_refused(tmp_path):
    words = small_models.tokenizer.__wrapped__()
    words.backend_tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    folder = small_models.save(tmp_path / "a", small_models.gpt2(), words)
    with pytest.raises(InputRefused, match="splits text in a way that has no name"):
        export_gguf(load_causal_lm(str(folder), models=tmp_path / "models"), tmp_path / "a.gguf")


def test_an_unsupported_architecture_is_refused_by_name(tmp_path):
    from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

    config = GPTNeoXConfig(
        vocab_size=300,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
    )
    folder = small_models.save(tmp_path / "a", GPTNeoXForCausalLM(config), small_models.tokenizer())
    with pytest.raises(InputRefused, match=r"“gpt_neox”.*gpt2 and llama"):
        export_gguf(load_causal_lm(str(folder), models=tmp_path / "models"), tmp_path / "a.gguf")


@BOTH
def test_the_check_finds_a_weight_in_the_wrong_layout(tmp_path, loaded, monkeypatch):
    def wrong_layout(architecture, name, weight, heads):
        right = to_gguf(architecture, name, weight, heads)
        is_square = right.ndim == 2 and right.shape[0] == right.shape[1]
        if is_square and is_transposed(architecture, name):
            return right.T
        return weight if "attn_q." in name else right

    monkeypatch.setattr("training.export.gguf.to_gguf", wrong_layout)
    export_gguf(loaded, tmp_path / "a.gguf", "F32")
    with pytest.raises(GrueError, match="does not predict what"):
        check(tmp_path / "a.gguf", loaded, "F32")


def test_the_command_exports_checks_and_reports(tmp_path, capsys):
    folder = small_models.gpt2_folder(tmp_path / "tale")
    path = tmp_path / "tale.gguf"
    with pytest.raises(SystemExit) as left:
        main(["export", str(folder), "--gguf", str(path), "--type", "Q8_0", "--json"])
    assert left.value.code == 0
    told = capsys.readouterr()
    document = json.loads(told.out)
    assert (document["type"], document["bytes"]) == ("Q8_0", path.stat().st_size)
    assert 0 < document["logprob_distance"]["mean"] < 0.1
    assert "thinks" not in told.out
    with pytest.raises(SystemExit) as left:
        main(["export", str(folder), "--gguf", str(path)])
    assert left.value.code == 2
    assert "--force" in capsys.readouterr().err


def test_sigterm_leaves_no_file_that_was_not_compared(tmp_path, monkeypatch):
    folder, path = small_models.gpt2_folder(tmp_path / "tale"), tmp_path / "tale.gguf"

    def terminated(written, *_):
        assert written.is_file()
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr("training.export.gguf_check.check", terminated)
    with pytest.raises(SystemExit, match="130"):
        main(["export", str(folder), "--gguf", str(path)])
    assert not path.exists()


def test_the_command_exports_an_adapter_alone(tmp_path, capsys):
    base = small_models.llama_folder(tmp_path / "base")
    folder = small_models.adapter_folder(tmp_path / "mine", base, small_models.llama())
    path = tmp_path / "mine.gguf"
    with pytest.raises(SystemExit) as left:
        main(["export", str(folder), "--gguf", str(path), "--adapter-only"])
    assert left.value.code == 0
    assert "matches the model" in capsys.readouterr().err
    assert path.stat().st_size < (base / "model.safetensors").stat().st_size
    with pytest.raises(SystemExit) as left:
        main(["export", str(base), "--gguf", str(tmp_path / "b.gguf"), "--adapter-only"])
    assert left.value.code == 2


@pytest.mark.parametrize(
    "loaded", ["gpt2", pytest.param("llama", marks=pytest.mark.soak)], indirect=True
)
def test_an_exported_file_can_be_played(tmp_path, loaded, capsys):
    path = tmp_path / "tale.gguf"
    export_gguf(loaded, path, "F16")
    lines = "You open the door.\n/quit\n"
    run = subprocess.run(
        [sys.executable, "-m", "dungeon.cli", "play", "--plain", "--quick", "--model", str(path),
         "--seed", "7", "--data-dir", str(tmp_path / "home")],
        input=lines, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    listed = subprocess.run(
        [sys.executable, "-m", "dungeon.cli", "saves", "list", "--json", "--data-dir",
         str(tmp_path / "home")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    (adventure,) = json.loads(listed.stdout)
    assert adventure["turns"] >= 2
