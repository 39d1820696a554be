"""What a model reads before a reply in training is what the game's prompt says, byte for byte."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpus_scraper import formats
from corpus_scraper.corpus.build import build
from corpus_scraper.corpus.settings import BuildSettings
from corpus_scraper.graph import write_stories
from dungeon import transcript
from dungeon.prompt.builder import build_prompt
from dungeon.prompt.inputs import PromptInputs
from dungeon.story import Action, Adventure, Kind, Turn
from tests.training.small_corpus import record
from training.data.corpus import Corpus, read_corpus
from training.data.packing import pad
from training.data.tokens import encode, fast_tokenizer
from training.models import shapes

OPENING = "The hen is loose in the engine room again.\n\nIt looks at you."
TURNS = (
    ("You grab the hen.", "It pecks your thumb, and the lamp over the valve goes out."),
    ('You say "Hold still."', 'The hen says nothing.\n\n"Okoro?" asks Captain Wu.'),
    ("You hide the hen.", "A feather lands on the captain's boot."),
    ("You salute.", "She looks at the feather for a long time."),
)
MEMORY = "You are Okoro, second mechanic. The hen belongs to Captain Wu."
NOTE = "Dry and funny."


def adventure_text(memory: str, note: str) -> str:
    head = [f"{key}: {value}\n" for key, value in (("memory", memory), ("note", note)) if value]
    turns = [f"> {action}\n\n{reply}\n\n" for action, reply in TURNS]
    return f"---\ntitle: The Hen\n{''.join(head)}---\n\n{OPENING}\n\n{''.join(turns)}"


def built(folder: Path, memory: str, note: str) -> Corpus:
    """Return the corpus of an adventure, with the same documents held out."""
    (folder / "hen.txt").write_text(adventure_text(memory, note), "utf-8")
    write_stories(folder / "hen.jsonl", formats.read(folder / "hen.txt"))
    settings = BuildSettings(licence="any", min_words=1, max_work_share=1, holdout_fraction=0)
    build([folder / "hen.jsonl"], folder / "corpus", settings)
    train = (folder / "corpus" / "train.jsonl").read_bytes()
    (folder / "corpus" / "validation.jsonl").write_bytes(train)
    return read_corpus(folder / "corpus")


async def prompts(memory: str, note: str) -> list[str]:
    """Return the game's prompt for each turn."""
    story = Adventure("a", "The Hen", memory=memory, note=note)
    story = story.with_turn(Turn("0", None, Kind.OPENING, "", OPENING))
    found = []
    for number, (action, reply) in enumerate(TURNS, 1):
        told = Action(Kind.DO, action)
        inputs = PromptInputs(story, told, budget=10_000, count=length)
        found.append((await build_prompt(inputs)).prompt)
        turn = Turn(str(number), str(number - 1), Kind.DO, action, reply)
        story = story.with_turn(turn)
    return found


async def length(text: str) -> int:
    return len(text)


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    texts = [str(record(n)) for n in range(20)]
    return shapes.train_tokenizer([*texts, adventure_text(MEMORY, NOTE)], 600)


@pytest.mark.parametrize("train_on", ["all", "replies"])
@pytest.mark.parametrize("note", [NOTE, ""])
@pytest.mark.parametrize("memory", [MEMORY, ""])
async def test_each_reply_is_trained_after_the_games_prompt(
    tmp_path: Path, tokenizer: Any, memory: str, note: str, train_on: Any
) -> None:
    corpus = replace(built(tmp_path, memory, note), train_on=train_on)
    encoded = encode(corpus, "train", tokenizer, tmp_path / "cache")
    plain = fast_tokenizer(tokenizer)
    wanted = {
        (tuple(plain.encode(prompt, add_special_tokens=False).ids), reply)
        for prompt, (_, reply) in zip(await prompts(memory, note), TURNS, strict=True)
    }
    found = set()
    for start, end in zip(encoded.starts[:-1], encoded.starts[1:], strict=True):
        ids, mask = encoded.ids[start : end - 1], encoded.loss_mask[start : end - 1]
        for prompt, reply in wanted:
            if tuple(ids[: len(prompt)].tolist()) != prompt:
                continue
            rest = plain.decode(ids[len(prompt) :])
            if mask[len(prompt) :][: len(plain.encode(transcript.SEPARATOR + reply).ids)].all():
                assert rest.startswith(transcript.SEPARATOR + reply)
                found.add((prompt, reply))
    assert found == wanted


def test_every_reply_is_trained_once_and_memory_and_note_never(
    tmp_path: Path, tokenizer: Any
) -> None:
    corpus = built(tmp_path, MEMORY, NOTE)
    encoded = encode(corpus, "train", tokenizer, tmp_path / "cache")
    trained = encoded.ids[np.asarray(encoded.loss_mask)]
    text = fast_tokenizer(tokenizer).decode(trained)
    for _, reply in TURNS:
        assert text.count(reply) == 1
    assert text.count(OPENING) == 1
    assert MEMORY not in text
    assert NOTE not in text


def test_a_document_that_continues_in_another_row_repeats_its_memory(
    tmp_path: Path, tokenizer: Any
) -> None:
    corpus = built(tmp_path, MEMORY, "")
    encoded = encode(corpus, "train", tokenizer, tmp_path / "cache")
    rows = pad(encoded, 96)
    assert len(rows) > 1
    plain = fast_tokenizer(tokenizer)
    for row in rows:
        assert plain.decode(row["input_ids"]).startswith(MEMORY + transcript.SEPARATOR)
