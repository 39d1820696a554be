"""Provides corpora built in tests, and what is read out of them."""

from pathlib import Path
from typing import Any

from corpus_scraper.corpus.build import build
from corpus_scraper.corpus.folder import read_lines
from corpus_scraper.corpus.settings import BuildSettings
from corpus_scraper.graph import StoryGraph
from tests.corpus_scraper.stories import file


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def records(folder: Path, split: str = "train") -> list[dict[str, Any]]:
    return list(read_lines(folder / f"{split}.jsonl"))


def taught(record: dict[str, Any]) -> str:
    return "".join(span["text"] for span in record["spans"] if span["train"])


def corpus(tmp_path: Path, graphs: list[StoryGraph], **settings: Any) -> Path:
    build([file(tmp_path, graphs)], tmp_path / "corpus", BuildSettings(**settings))
    return tmp_path / "corpus"


def excluded(folder: Path) -> list[tuple[str, str, str]]:
    return [
        (line["block"], line["work"], line["reason"])
        for line in read_lines(folder / "excluded.jsonl")
    ]
