"""Convert byte-level BPE tokenizers to GGUF metadata, and back.

The pre-tokenizer, which splits a text before the merges apply, has a name in GGUF and a definition
in tokenizer.json. `gpt-2`, `smollm` and `llama-bpe` are supported. Any other one is refused: a
model that reads other tokens than it was trained on writes nonsense.
"""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from dungeon.errors import InputRefused

if TYPE_CHECKING:
    import gguf
    from transformers import PreTrainedTokenizerFast

_NORMAL, _CONTROL, _USER_DEFINED, _UNUSED = 1, 3, 4, 5
"""GGUF's token types."""

_BYTE_LEVEL = {
    "type": "ByteLevel",
    "add_prefix_space": False,
    "trim_offsets": True,
    "use_regex": True,
}
_LLAMA_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_PRE_TOKENIZERS: dict[str, dict[str, Any]] = {
    "gpt-2": _BYTE_LEVEL,
    "smollm": {
        "type": "Sequence",
        "pretokenizers": [{"type": "Digits", "individual_digits": True}, _BYTE_LEVEL],
    },
    "llama-bpe": {
        "type": "Sequence",
        "pretokenizers": [
            {
                "type": "Split",
                "pattern": {"Regex": _LLAMA_SPLIT},
                "behavior": "Isolated",
                "invert": False,
            },
            _BYTE_LEVEL | {"use_regex": False},
        ],
    },
}
"""The definitions in tokenizer.json by the names in llama.cpp."""

_IRRELEVANT = ("trim_offsets",)
"""Settings that change the offsets of tokens, and not the tokens."""

_SPECIALS = {"bos": "bos_token", "eos": "eos_token", "unknown": "unk_token", "padding": "pad_token"}


def write_tokenizer(
    writer: "gguf.GGUFWriter", tokenizer: "PreTrainedTokenizerFast", size: int
) -> None:
    """Write the tokenizer's metadata. `size` is the model's vocabulary size, which may be padded.

    Raises InputRefused where it is no byte-level BPE, or its pre-tokenizer is not supported.
    """
    definition = json.loads(tokenizer.backend_tokenizer.to_str())
    model = definition["model"]
    if model.get("type") != "BPE" or model.get("byte_fallback"):
        raise InputRefused(
            f"The model's tokenizer ({model.get('type')}) is no byte-level BPE, which is the only "
            "type that can be written to GGUF here."
        )
    tokens, types = _vocabulary(tokenizer, definition, size)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(_pre_tokenizer_name(definition.get("pre_tokenizer")))
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges([_merge(merge) for merge in model["merges"]])
    for name, attribute in _SPECIALS.items():
        number = getattr(tokenizer, f"{attribute}_id", None)
        if number is not None:
            writer.add_uint32(f"tokenizer.ggml.{name}_token_id", number)
    writer.add_add_bos_token(_adds_bos(tokenizer))


def read_tokenizer(field: Callable[[str], Any]) -> "PreTrainedTokenizerFast":
    """Return the tokenizer in a file's metadata; `field` returns a key's value, or None.

    Raises InputRefused where it is no byte-level BPE with a supported pre-tokenizer.
    """
    model, pre = field("tokenizer.ggml.model"), field("tokenizer.ggml.pre")
    if model != "gpt2" or pre not in _PRE_TOKENIZERS:
        raise InputRefused(
            f"The file's tokenizer ({model}, {pre}) cannot be read here: only byte-level "
            f"BPE with the pre-tokenizers {', '.join(_PRE_TOKENIZERS)}."
        )
    from tokenizers import AddedToken, Tokenizer, decoders, models
    from transformers import PreTrainedTokenizerFast

    tokens: list[str] = field("tokenizer.ggml.tokens")
    merges = [tuple(merge.split(" ", 1)) for merge in field("tokenizer.ggml.merges")]
    numbers = {token: number for number, token in enumerate(tokens)}
    built = Tokenizer(models.BPE(vocab=numbers, merges=merges))
    built.decoder = decoders.ByteLevel()
    types: list[int] = field("tokenizer.ggml.token_type") or []
    marked = [
        (token, token_type)
        for token, token_type in zip(tokens, types, strict=False)
        if token_type != _NORMAL
    ]
    built.add_special_tokens(
        [
            AddedToken(token, special=True, normalized=False)
            for token, token_type in marked
            if token_type == _CONTROL
        ]
    )
    built.add_tokens(
        [
            AddedToken(token, normalized=False)
            for token, token_type in marked
            if token_type == _USER_DEFINED
        ]
    )
    document = json.loads(built.to_str()) | {"pre_tokenizer": _PRE_TOKENIZERS[pre]}
    specials = {
        attribute: tokens[number]
        for name, attribute in _SPECIALS.items()
        if isinstance(number := field(f"tokenizer.ggml.{name}_token_id"), int)
    }
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(json.dumps(document)),
        clean_up_tokenization_spaces=False,
        **specials,
    )


def _vocabulary(
    tokenizer: "PreTrainedTokenizerFast", definition: Mapping[str, Any], size: int
) -> tuple[list[str], list[int]]:
    """Return every token and its type; the padding of the vocabulary is unused."""
    names = {number: token for token, number in tokenizer.get_vocab().items()}
    added = {entry["id"]: entry for entry in definition.get("added_tokens", [])}
    if max(names) >= size:
        raise InputRefused(
            f"The tokenizer has {max(names) + 1} tokens and the model only {size}: they do not "
            "belong together."
        )
    tokens, types = [], []
    for number in range(size):
        tokens.append(names.get(number, f"[PAD{number}]"))
        if number in added:
            types.append(_CONTROL if added[number]["special"] else _USER_DEFINED)
        else:
            types.append(_NORMAL if number in names else _UNUSED)
    return tokens, types


def _merge(merge: Any) -> str:
    """Return a merge as GGUF has it; tokenizer.json has pairs, older ones have lines."""
    return merge if isinstance(merge, str) else " ".join(merge)


def _pre_tokenizer_name(definition: Any) -> str:
    """Return llama.cpp's name of a pre-tokenizer. Raises InputRefused where it is not supported."""
    normalised = _normalise(definition)
    for name, supported in _PRE_TOKENIZERS.items():
        if _normalise(supported) == normalised:
            return name
    raise InputRefused(
        "The model's tokenizer splits text in a way that has no name in GGUF here; those of "
        f"{', '.join(_PRE_TOKENIZERS)} have one."
    )


def _normalise(definition: Any) -> Any:
    """Return a pre-tokenizer without irrelevant settings and without a sequence of one."""
    match definition:
        case {"type": "Sequence", "pretokenizers": [only]}:
            return _normalise(only)
        case dict():
            return {
                key: _normalise(value)
                for key, value in definition.items()
                if key not in _IRRELEVANT
            }
        case list():
            return [_normalise(value) for value in definition]
        case _:
            return definition


def _adds_bos(tokenizer: "PreTrainedTokenizerFast") -> bool:
    """Whether the tokenizer adds its beginning-of-text token before a text."""
    numbers = tokenizer("a")["input_ids"]
    return bool(numbers) and numbers[0] == tokenizer.bos_token_id
