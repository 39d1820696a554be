"""Encode a corpus into memory-mapped arrays of token ids, once per corpus and tokenizer.

The name of the cache is a hash of everything that decides its content, so it is never stale.
Documents end with the model's own end-of-text id; where a text spells a special token, it stays
plain text.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from dungeon import transcript
from dungeon.data_files.folders import Split
from dungeon.errors import InputRefused
from dungeon.models.hashes import file_sha256
from training.data.corpus import Corpus
from training.data.documents import Document
from training.data.mixture import DocumentNames, NameCollector
from training.data.row_files import LeftOut

_FORMAT = 7
"""Raise it when the same corpus is encoded differently."""

_BATCH_CHARACTERS = 1 << 20
"""Characters encoded at once: enough to keep every core busy, few enough to hold in memory."""

_LEFT_OUT = "left_out.json"

_CHUNK_CHARACTERS = 1 << 16
"""Characters of one text that are encoded together; a longer text is cut between two words."""


@dataclass(frozen=True, slots=True)
class EncodedSplit:
    """The documents of a split as token ids, one after the other."""

    ids: np.ndarray[Any, Any]
    """Shape (tokens,), uint16 or uint32: every document followed by `end_of_text`."""
    loss_mask: np.ndarray[Any, Any]
    """Shape (tokens,), bool: whether a token is trained on."""
    starts: np.ndarray[Any, Any]
    """Shape (documents + 1,), int64: where each document starts, and where the last one ends."""
    end_of_text: int
    left_out: LeftOut = field(default_factory=LeftOut)
    """What had no place in a document."""
    names: DocumentNames = field(default_factory=lambda: NameCollector().names())
    """The source and the work of each document."""
    memory: np.ndarray[Any, Any] | None = None
    """Shape (documents,), int64: the tokens of memory at the beginning of each; None for none."""


def fast_tokenizer(tokenizer: Any) -> Tokenizer:
    """Return a tokenizer that encodes all text as plain text, whatever special tokens it spells.

    Raises InputRefused where the tokenizer has no tokenizer.json.
    """
    backend = getattr(tokenizer, "backend_tokenizer", tokenizer)
    if not isinstance(backend, Tokenizer):
        raise InputRefused(
            "This model's tokenizer has no tokenizer.json, so its text cannot be encoded in bulk. "
            "Convert it with transformers, or choose another base."
        )
    plain = Tokenizer.from_str(backend.to_str())
    plain.encode_special_tokens = True
    plain.no_padding()
    plain.no_truncation()
    return plain


def end_of_text(tokenizer: Any) -> int:
    """Return the id that ends a document. Raises InputRefused where the tokenizer has none."""
    found = tokenizer.eos_token_id
    if not isinstance(found, int):
        raise InputRefused("This model's tokenizer has no end-of-text token; choose another base.")
    return found


def token_bytes(tokenizer: Any) -> np.ndarray[Any, Any]:
    """Return how many bytes of text each token stands for: shape (vocab_size,), int32.

    Special tokens count 0. Byte-level vocabularies spell a token with one character per byte;
    others are decoded, and spell a token of a single byte like `<0x0A>`.
    """
    plain = fast_tokenizer(tokenizer)
    byte_level = '"ByteLevel"' in plain.to_str()
    special = set(tokenizer.all_special_ids)
    sizes = np.zeros(plain.get_vocab_size(with_added_tokens=True), dtype=np.int32)
    for token, token_id in plain.get_vocab(with_added_tokens=True).items():
        if token_id in special or token_id >= len(sizes):
            continue
        if byte_level:
            sizes[token_id] = len(token)
        elif token.startswith("<0x") and token.endswith(">"):
            sizes[token_id] = 1
        else:
            sizes[token_id] = len(token.replace("▁", " ").encode())
    for token_id, added in plain.get_added_tokens_decoder().items():
        if token_id not in special and token_id < len(sizes):
            sizes[token_id] = len(added.content.encode())
    return sizes


def encode(corpus: Corpus, split: Split, tokenizer: Any, cache: Path) -> EncodedSplit:
    """Return the documents of `split` as ids, from the folder `cache` where they are cached.

    Raises InputRefused where the corpus is broken; the cache is left as it was then.
    """
    plain, end = fast_tokenizer(tokenizer), end_of_text(tokenizer)
    folder = cache / _cache_key(corpus, split, plain, end)
    if not (folder / "starts.npy").is_file():
        cache.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".part-", dir=cache))
        try:
            left_out = LeftOut()
            _write(corpus.documents(split, left_out), plain, end, part)
            (part / _LEFT_OUT).write_text(json.dumps(asdict(left_out)), encoding="utf-8")
            if not folder.exists():  # another process may have been faster
                part.rename(folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    starts = np.load(folder / "starts.npy")
    left_out = LeftOut(**json.loads((folder / _LEFT_OUT).read_text("utf-8")))
    names = _read_names(folder)
    memory = np.load(folder / "memory.npy")
    dtype = _id_dtype(plain)
    if not starts[-1]:
        return EncodedSplit(
            np.zeros(0, dtype), np.zeros(0, np.bool_), starts, end, left_out, names, memory
        )
    ids = np.memmap(folder / "ids.bin", dtype=dtype, mode="r")
    loss_mask = np.memmap(folder / "loss_mask.bin", dtype=np.bool_, mode="r")
    return EncodedSplit(ids, loss_mask, starts, end, left_out, names, memory)


def ends_with_action(text: str) -> bool:
    """Whether a document stops after the player's line, because another one has the reply.

    Its end-of-text token is not trained on: the model would learn to reply with silence.
    """
    return text.rsplit(transcript.SEPARATOR, 1)[-1].startswith(transcript.ACTION_MARK)


def _cache_key(corpus: Corpus, split: Split, plain: Tokenizer, end: int) -> str:
    decisive = [
        *(_FORMAT, _CHUNK_CHARACTERS, split, corpus.has_validation, corpus.train_on, end),
        *(
            (file.path.stem, file.format, file.source, file_sha256(file.path))
            for file in corpus.split_files(split)
        ),
        plain.to_str(),
    ]
    return f"{split}-{hashlib.sha256(json.dumps(decisive).encode()).hexdigest()[:16]}"


def _id_dtype(plain: Tokenizer) -> Any:
    return np.uint16 if plain.get_vocab_size(with_added_tokens=True) <= 1 << 16 else np.uint32


def _write(documents: Iterable[Document], plain: Tokenizer, end: int, folder: Path) -> None:
    dtype = _id_dtype(plain)
    starts = [0]
    memory: list[int] = []
    collector = NameCollector()
    with (folder / "ids.bin").open("wb") as ids, (folder / "loss_mask.bin").open("wb") as masks:
        for batch in _batches(documents):
            for document, (tokens, ends) in zip(batch, _encode_all(batch, plain), strict=True):
                mask = _loss_mask(document, ends, len(tokens))
                trains_end = document.spans[-1].train and not ends_with_action(document.text)
                ids.write(np.asarray([*tokens, end], dtype=dtype).tobytes())
                masks.write(np.asarray([*mask, trains_end], dtype=np.bool_).tobytes())
                starts.append(starts[-1] + len(tokens) + 1)
                collector.add(document.source, document.work)
                memory.append(int(np.searchsorted(ends, document.memory_length, side="right")))
    np.save(folder / "starts.npy", np.asarray(starts, dtype=np.int64))
    np.save(folder / "memory.npy", np.asarray(memory, dtype=np.int64))
    names = collector.names()
    np.save(folder / "names.npy", names.numbers)
    listed = {"sources": names.sources, "works": names.works}
    (folder / "names.json").write_text(json.dumps(listed), encoding="utf-8")


def _read_names(folder: Path) -> DocumentNames:
    listed = json.loads((folder / "names.json").read_text("utf-8"))
    numbers = np.load(folder / "names.npy")
    return DocumentNames(tuple(listed["sources"]), tuple(listed["works"]), numbers)


def _batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    """Yield batches of about a million characters; documents without text are left out."""
    batch: list[Document] = []
    size = 0
    for document in documents:
        if not document.text:
            continue
        batch.append(document)
        size += len(document.text)
        if size >= _BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def encode_documents(
    documents: list[Document], plain: Tokenizer
) -> Iterator[tuple[list[int], list[bool]]]:
    """Yield the ids of each document, without its end-of-text token, and its loss mask.

    A document is encoded whole, as a prompt is, and not span by span; character offsets tell which
    span a token belongs to. A token across a border belongs to the span that it ends in.
    """
    for document, (ids, ends) in zip(documents, _encode_all(documents, plain), strict=True):
        yield ids, _loss_mask(document, ends, len(ids))


def _encode_all(
    documents: list[Document], plain: Tokenizer
) -> Iterator[tuple[list[int], np.ndarray[Any, Any]]]:
    """Yield the ids of each document, and the character offsets at which its tokens end.

    Only documents with context have offsets.
    """
    chunks = [list(_chunks(document.text)) for document in documents]
    needs_offsets = any(document.has_context for document in documents)
    encode_all = plain.encode_batch if needs_offsets else plain.encode_batch_fast
    encodings = iter(encode_all([c for each in chunks for c in each], add_special_tokens=False))
    for document, document_chunks in zip(documents, chunks, strict=True):
        ids: list[int] = []
        ends: list[np.ndarray[Any, Any]] = [np.zeros(0, np.int64)]
        offset = 0
        for chunk in document_chunks:
            encoding = next(encodings)
            ids += encoding.ids
            if document.has_context:
                ends.append(np.asarray(encoding.offsets, np.int64).reshape(-1, 2)[:, 1] + offset)
            offset += len(chunk)
        yield ids, np.concatenate(ends)


def _loss_mask(document: Document, ends: np.ndarray[Any, Any], tokens: int) -> list[bool]:
    """Return the loss mask of a document; `ends` are the character offsets where tokens end."""
    if not document.has_context:
        return [document.spans[0].train] * tokens
    borders = np.cumsum([len(span.text) for span in document.spans])
    train = np.asarray([span.train for span in document.spans])
    last = np.maximum(ends - 1, 0)
    span = np.minimum(np.searchsorted(borders, last, side="right"), len(train) - 1)
    return [bool(flag) for flag in train[span]]


def _chunks(text: str) -> Iterator[str]:
    """Yield a long text in chunks, each cut before a space between two letters.

    No byte-level tokenizer merges across such a place, so the tokens are those of the whole text.
    """
    start = 0
    while len(text) - start > _CHUNK_CHARACTERS:
        cut = start + _CHUNK_CHARACTERS
        while cut > start + 1 and not (
            text[cut] == " " and text[cut - 1].isalpha() and text[cut + 1 : cut + 2].isalpha()
        ):
            cut -= 1
        if cut == start + 1:
            cut = start + _CHUNK_CHARACTERS
        yield text[start:cut]
        start = cut
    yield text[start:]
