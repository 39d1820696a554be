"""Tiny random models of both architectures, with tokenizers, in folders."""

import json
from functools import cache
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

torch.set_num_threads(1)

TEXT = """You stand before a door of grey iron. Rain runs down the wall beside you.

> You open the door.

The hinges cry out. Behind it, 12 steps lead down into the dark, and something breathes there.

> You say “Who is there?”

"Nobody," says a voice. "Nobody at all." You don't believe it, and you draw your sword.
"""
"""What the tokenizer is trained on; long enough for two hundred merges."""


@cache
def tokenizer(pre: str = "gpt-2", size: int = 400) -> PreTrainedTokenizerFast:
    """Return a byte-level BPE tokenizer that splits as `gpt-2` or `smollm` does."""
    built = Tokenizer(models.BPE())
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    built.pre_tokenizer = (
        byte_level
        if pre == "gpt-2"
        else pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), byte_level])
    )
    built.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        show_progress=False,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    built.train_from_iterator([TEXT], trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=built,
        eos_token="<|endoftext|>",
        bos_token="<|endoftext|>",
        clean_up_tokenization_spaces=False,
    )


def gpt2(seed: int = 0, positions: int = 128, vocabulary: int = 0) -> PreTrainedModel:
    """Return a GPT-2 of two layers, lively enough that its logits differ."""
    torch.manual_seed(seed)
    words = tokenizer()
    config = GPT2Config(
        vocab_size=vocabulary or len(words),
        n_positions=positions,
        n_embd=64,
        n_layer=2,
        n_head=4,
        initializer_range=0.2,
        bos_token_id=words.bos_token_id,
        eos_token_id=words.eos_token_id,
    )
    return GPT2LMHeadModel(config).eval()


def llama(seed: int = 0, positions: int = 128, tied: bool = True) -> PreTrainedModel:
    """Return a llama of two layers with fewer heads for keys than for queries."""
    torch.manual_seed(seed)
    words = tokenizer("smollm")
    config = LlamaConfig(
        vocab_size=len(words),
        max_position_embeddings=positions,
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        initializer_range=0.2,
        tie_word_embeddings=tied,
        bos_token_id=words.bos_token_id,
        eos_token_id=words.eos_token_id,
    )
    return LlamaForCausalLM(config).eval()


def save(folder: Path, model: PreTrainedModel, words: PreTrainedTokenizerFast) -> Path:
    """Write model and tokenizer as the Hugging Face libraries do."""
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def gpt2_folder(folder: Path, seed: int = 0) -> Path:
    """Write a tiny GPT-2."""
    return save(folder, gpt2(seed), tokenizer())


def llama_folder(folder: Path, seed: int = 0) -> Path:
    """Write a tiny llama."""
    return save(folder, llama(seed), tokenizer("smollm"))


def adapter_folder(folder: Path, base: Path, model: PreTrainedModel, **options: object) -> Path:
    """Write a random LoRA adapter for `model`, whose folder is `base`."""
    from peft import LoraConfig, get_peft_model

    is_gpt2 = model.config.model_type == "gpt2"
    targets = (
        ["c_attn", "c_proj", "c_fc"]
        if is_gpt2
        else "q_proj k_proj v_proj o_proj gate_proj up_proj down_proj".split()
    )
    config = LoraConfig(
        r=4,
        lora_alpha=12,
        target_modules=targets,
        fan_in_fan_out=is_gpt2,
        task_type="CAUSAL_LM",
        **options,
    )
    adapted = get_peft_model(model, config)
    torch.manual_seed(7)
    for name, weight in adapted.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(weight, std=0.2)
    adapted.save_pretrained(folder, save_embedding_layers=False)
    path = folder / "adapter_config.json"
    document = json.loads(path.read_text()) | {"base_model_name_or_path": str(base)}
    path.write_text(json.dumps(document))
    return folder
