"""Provides byte-level BPE tokenizers as GGUF metadata, and back.

The pre-tokenizer, which splits a text before the merges apply, has a name in GGUF and is a program
in tokenizer.json. Three are known here: `gpt-2`, `smollm` and `llama-bpe`. A tokenizer that splits
in another way is refused: a model that reads other tokens than it learned writes nonsense.
"""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from dungeon.errors import InputRefused

if TYPE_CHECKING:
    import gguf
    from transformers import PreTrainedTokenizerFast

_NORMAL, _CONTROL, _USER_DEFINED, _UNUSED = 1, 3, 4, 5
"""GGUF's kinds of tokens."""

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
_PROGRAMS: dict[str, dict[str, Any]] = {
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
"""Each pre-tokenizer by the name llama.cpp has for it, as tokenizer.json says it."""

_INDIFFERENT = ("trim_offsets",)
"""What changes where a token is said to lie, and not which tokens there are."""

_SPECIALS = {"bos": "bos_token", "eos": "eos_token", "unknown": "unk_token", "padding": "pad_token"}


def write_tokenizer(
    writer: "gguf.GGUFWriter", tokenizer: "PreTrainedTokenizerFast", size: int
) -> None:
    """Write the tokenizer's metadata. `size` is the model's vocabulary, which may be padded.

    Raises InputRefused where the tokenizer is no byte-level BPE or splits in an unknown way.
    """
    program = json.loads(tokenizer.backend_tokenizer.to_str())
    model = program["model"]
    if model.get("type") != "BPE" or model.get("byte_fallback"):
        raise InputRefused(
            f"The model's tokenizer ({model.get('type')}) is no byte-level BPE, which is the kind "
            "that can be written to GGUF here."
        )
    tokens, kinds = _vocabulary(tokenizer, program, size)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(_name_of(program.get("pre_tokenizer")))
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges([_merge(merge) for merge in model["merges"]])
    for name, attribute in _SPECIALS.items():
        number = getattr(tokenizer, f"{attribute}_id", None)
        if number is not None:
            writer.add_uint32(f"tokenizer.ggml.{name}_token_id", number)
    writer.add_add_bos_token(_adds_bos(tokenizer))


def read_tokenizer(field: Callable[[str], Any]) -> "PreTrainedTokenizerFast":
    """Return the tokenizer in a file's metadata; `field` gives a key's value, or None.

    Raises InputRefused where it is no byte-level BPE with a known pre-tokenizer.
    """
    kind, pre = field("tokenizer.ggml.model"), field("tokenizer.ggml.pre")
    if kind != "gpt2" or pre not in _PROGRAMS:
        raise InputRefused(
            f"The file's tokenizer ({kind}, {pre}) is none that can be read here: only byte-level "
            f"BPE with the pre-tokenizers {', '.join(_PROGRAMS)}."
        )
    from tokenizers import AddedToken, Tokenizer, decoders, models
    from transformers import PreTrainedTokenizerFast

    tokens: list[str] = field("tokenizer.ggml.tokens")
    merges = [tuple(merge.split(" ", 1)) for merge in field("tokenizer.ggml.merges")]
    numbers = {token: number for number, token in enumerate(tokens)}
    built = Tokenizer(models.BPE(vocab=numbers, merges=merges))
    built.decoder = decoders.ByteLevel()
    kinds: list[int] = field("tokenizer.ggml.token_type") or []
    marked = [(token, kind) for token, kind in zip(tokens, kinds, strict=False) if kind != _NORMAL]
    built.add_special_tokens(
        [
            AddedToken(token, special=True, normalized=False)
            for token, kind in marked
            if kind == _CONTROL
        ]
    )
    built.add_tokens(
        [AddedToken(token, normalized=False) for token, kind in marked if kind == _USER_DEFINED]
    )
    document = json.loads(built.to_str()) | {"pre_tokenizer": _PROGRAMS[pre]}
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
    tokenizer: "PreTrainedTokenizerFast", program: Mapping[str, Any], size: int
) -> tuple[list[str], list[int]]:
    """Return every token and its kind; what the model has beyond the tokenizer is unused."""
    names = {number: token for token, number in tokenizer.get_vocab().items()}
    added = {entry["id"]: entry for entry in program.get("added_tokens", [])}
    if max(names) >= size:
        raise InputRefused(
            f"The tokenizer has {max(names) + 1} tokens and the model only {size}: they do not "
            "belong together."
        )
    tokens, kinds = [], []
    for number in range(size):
        tokens.append(names.get(number, f"[PAD{number}]"))
        if number in added:
            kinds.append(_CONTROL if added[number]["special"] else _USER_DEFINED)
        else:
            kinds.append(_NORMAL if number in names else _UNUSED)
    return tokens, kinds


def _merge(merge: Any) -> str:
    """Return a merge as GGUF has it; tokenizer.json has pairs, and had lines before."""
    return merge if isinstance(merge, str) else " ".join(merge)


def _name_of(program: Any) -> str:
    """Return llama.cpp's name of a pre-tokenizer. Raises InputRefused where it has none here."""
    wanted = _bare(program)
    for name, known in _PROGRAMS.items():
        if _bare(known) == wanted:
            return name
    raise InputRefused(
        "The model's tokenizer splits text in a way that has no name in GGUF here; those of "
        f"{', '.join(_PROGRAMS)} have one."
    )


def _bare(program: Any) -> Any:
    """Return a pre-tokenizer without what does not matter, and without a sequence of one."""
    match program:
        case {"type": "Sequence", "pretokenizers": [only]}:
            return _bare(only)
        case dict():
            return {key: _bare(value) for key, value in program.items() if key not in _INDIFFERENT}
        case list():
            return [_bare(value) for value in program]
        case _:
            return program


def _adds_bos(tokenizer: "PreTrainedTokenizerFast") -> bool:
    """Whether the tokenizer puts its beginning-of-text token before a text by itself."""
    numbers = tokenizer("a")["input_ids"]
    return bool(numbers) and numbers[0] == tokenizer.bos_token_id
