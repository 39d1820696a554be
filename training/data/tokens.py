"""Provides `encode()`: a corpus as token ids in memory-mapped files, made once and found again.

The cache's name is a hash of everything that decides its content, so it is never stale. Documents
end with the model's own end-of-text id; where a text spells a special token, it stays plain text.
Knows nothing of rows, batches or models.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from dungeon import transcript
from dungeon.errors import InputRefused
from training.data.corpus import Corpus, Document, Split

_FORMAT = 3
"""To be raised when the same corpus comes out otherwise."""

_BATCH_CHARACTERS = 1 << 20
"""Characters encoded at once: enough to keep every core busy, little enough to hold."""

_LONGEST = 1 << 16
"""Characters of one text that are encoded together; a longer one is cut between two words."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """The documents of a split as token ids, one after the other."""

    ids: np.ndarray[Any, Any]
    learned: np.ndarray[Any, Any]
    """For each id, whether it is to be learned."""
    starts: np.ndarray[Any, Any]
    """Where each document begins, and where the last ends."""
    end_of_text: int

    @property
    def documents(self) -> int:
        """How many documents there are."""
        return len(self.starts) - 1

    @property
    def tokens(self) -> int:
        """How many ids are to be learned."""
        return int(self.learned.sum())


def fast_tokenizer(tokenizer: Any) -> Tokenizer:
    """Return the tokenizer that encodes text as plain text, whatever special tokens it spells."""
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
    """Return for each id how many bytes of text it stands for; 0 for special tokens.

    Byte-level vocabularies write one character a byte. Others are decoded, in which a token of a
    single byte is written `<0x0A>`.
    """
    plain = fast_tokenizer(tokenizer)
    byte_level = '"ByteLevel"' in plain.to_str()
    special = set(tokenizer.all_special_ids)
    sizes = np.zeros(plain.get_vocab_size(with_added_tokens=True), dtype=np.int32)
    for token, place in plain.get_vocab(with_added_tokens=True).items():
        if place in special or place >= len(sizes):
            continue
        if byte_level:
            sizes[place] = len(token)
        elif token.startswith("<0x") and token.endswith(">"):
            sizes[place] = 1
        else:
            sizes[place] = len(token.replace("▁", " ").encode())
    for place, added in plain.get_added_tokens_decoder().items():
        if place not in special and place < len(sizes):
            sizes[place] = len(added.content.encode())
    return sizes


def encode(corpus: Corpus, split: Split, tokenizer: Any, cache: Path) -> Encoded:
    """Return the documents of `split` as ids, from the folder `cache` where they are there already.

    Raises InputRefused where the corpus is broken; nothing is left behind then.
    """
    plain, end = fast_tokenizer(tokenizer), end_of_text(tokenizer)
    folder = cache / _key(corpus, split, plain, end)
    if not (folder / "starts.npy").is_file():
        cache.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".part-", dir=cache))
        try:
            _write(corpus.documents(split), plain, end, part)
            if not folder.exists():  # another process may have been as quick
                part.rename(folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    starts = np.load(folder / "starts.npy")
    kind = _kind(plain)
    if not starts[-1]:
        return Encoded(np.zeros(0, kind), np.zeros(0, np.bool_), starts, end)
    ids = np.memmap(folder / "ids.bin", dtype=kind, mode="r")
    learned = np.memmap(folder / "learned.bin", dtype=np.bool_, mode="r")
    return Encoded(ids, learned, starts, end)


def breaks_off(text: str) -> bool:
    """Whether a document ends with the player's line, because what follows is learned elsewhere.

    The end after it is read and not learned: else a model learns to answer with silence.
    """
    return text.rsplit(transcript.SEPARATOR, 1)[-1].startswith(transcript.ACTION_MARK)


def encode_document(document: Document, plain: Tokenizer) -> tuple[list[int], list[bool]]:
    """Return the ids of one document without its end, and for each whether it is learned."""
    return next(_encoded([document], plain))


def _key(corpus: Corpus, split: Split, plain: Tokenizer, end: int) -> str:
    digest = hashlib.sha256()
    with corpus.file(split).open("rb") as file:
        digest.update(hashlib.file_digest(file, "sha256").digest())
    settings = [_FORMAT, split, corpus.is_text, corpus.holds_out, end, _LONGEST]
    digest.update(json.dumps(settings).encode())
    digest.update(plain.to_str().encode())
    return f"{split}-{digest.hexdigest()[:16]}"


def _kind(plain: Tokenizer) -> Any:
    return np.uint16 if plain.get_vocab_size(with_added_tokens=True) <= 1 << 16 else np.uint32


def _write(documents: Iterable[Document], plain: Tokenizer, end: int, folder: Path) -> None:
    kind = _kind(plain)
    starts = [0]
    with (folder / "ids.bin").open("wb") as ids, (folder / "learned.bin").open("wb") as marks:
        for batch in _batches(documents):
            for (tokens, learned), document in zip(_encoded(batch, plain), batch, strict=True):
                last = document.spans[-1].train and not breaks_off(document.text)
                ids.write(np.asarray([*tokens, end], dtype=kind).tobytes())
                marks.write(np.asarray([*learned, last], dtype=np.bool_).tobytes())
                starts.append(starts[-1] + len(tokens) + 1)
    np.save(folder / "starts.npy", np.asarray(starts, dtype=np.int64))


def _batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    """Yield documents by about a million characters; those without text are left out."""
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


def _encoded(documents: list[Document], plain: Tokenizer) -> Iterator[tuple[list[int], list[bool]]]:
    """Yield for each document its ids, and for each id whether it is learned.

    A document is encoded whole, as a prompt is, and not span by span: its spans are found again by
    where its tokens stand. A token across a border belongs to the span that it ends in.
    """
    pieces = [list(_pieces(document.text)) for document in documents]
    mixed = any(document.mixed for document in documents)
    encode_all = plain.encode_batch if mixed else plain.encode_batch_fast  # one knows no offsets
    flat = [piece for found in pieces for piece in found]
    encodings = iter(encode_all(flat, add_special_tokens=False))
    for document, found in zip(documents, pieces, strict=True):
        ids: list[int] = []
        ends: list[np.ndarray[Any, Any]] = []
        before = 0
        for piece in found:
            encoding = next(encodings)
            ids += encoding.ids
            if document.mixed:
                ends.append(np.asarray(encoding.offsets, np.int64).reshape(-1, 2)[:, 1] + before)
            before += len(piece)
        yield ids, _marks(document, ends, len(ids))


def _marks(document: Document, ends: list[np.ndarray[Any, Any]], count: int) -> list[bool]:
    if not document.mixed:
        return [document.spans[0].train] * count
    borders = np.cumsum([len(span.text) for span in document.spans])
    flags = np.asarray([span.train for span in document.spans])
    last = np.maximum(np.concatenate(ends) - 1, 0)
    span = np.minimum(np.searchsorted(borders, last, side="right"), len(flags) - 1)
    return [bool(flag) for flag in flags[span]]


def _pieces(text: str) -> Iterator[str]:
    """Yield a long text in pieces, each cut before a space between two letters.

    No byte-level tokenizer joins across such a place, so the pieces' tokens are the whole's.
    """
    start = 0
    while len(text) - start > _LONGEST:
        cut = start + _LONGEST
        while cut > start + 1 and not (
            text[cut] == " " and text[cut - 1].isalpha() and text[cut + 1 : cut + 2].isalpha()
        ):
            cut -= 1
        if cut == start + 1:
            cut = start + _LONGEST
        yield text[start:cut]
        start = cut
    yield text[start:]
