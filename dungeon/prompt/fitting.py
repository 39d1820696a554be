"""Fit single parts of a prompt into the tokens that they may have."""

from collections.abc import Sequence

from dungeon import transcript
from dungeon.prompt.context import PartName, PromptPart
from dungeon.prompt.token_counter import CountTokens
from dungeon.story import Action, Kind, StorySummary, Turn, render_transcript
from dungeon.text.sentences import sentence_ends


async def fit_part(name: PartName, text: str, room: int, count: CountTokens) -> PromptPart:
    """Return `text` as a part of at most `room` tokens, cut at the front if necessary."""
    text = transcript.normalise(text) if name == "memory" else text
    if not text:
        return PromptPart(name, "", 0)
    tokens = await count(text + transcript.SEPARATOR)
    whole = tokens
    while tokens > room and text:
        text = _without_front(text, share=1 - room / tokens)
        tokens = await count(text + transcript.SEPARATOR) if text else 0
    return PromptPart(name, text, tokens, cut=tokens < whole)


def _without_front(text: str, share: float) -> str:
    """Return `text` without its first `share` and without the word that this cuts in two."""
    rest = text[max(int(len(text) * share), 1) :]
    _, _, whole_words = rest.partition(" ")
    return whole_words.lstrip("> \n")


async def fit_action(action: Action | None, room: int, count: CountTokens) -> PromptPart:
    """Return the action as the transcript holds it; nothing for one that is not known yet."""
    match action:
        case Action(Kind.DO | Kind.SAY, text):
            written = transcript.write([transcript.ActionLine(text)])
        case Action(Kind.STORY, text):
            written = transcript.write([transcript.Prose(text)])
        case _:
            written = ""
    return await fit_part("action", written, room, count)


async def fit_story(
    turns: Sequence[Turn], depth: int, room: int, count: CountTokens
) -> tuple[PromptPart, PromptPart, int]:
    """Return the story before and behind a note that stands `depth` turns before its end, and how
    many it stands before it: at least a turn comes first, and nothing is cut.
    """
    story = await fit_part("story", render_transcript(turns), room, count)
    depth = 0 if story.cut else max(min(depth, len(turns) - 1), 0)
    if not depth:
        return story, PromptPart("recent", "", 0), 0
    story = await fit_part("story", render_transcript(turns[:-depth]), room, count)
    recent = await fit_part("recent", render_transcript(turns[-depth:]), room, count)
    return story, recent, depth


async def fit_summary(summary: StorySummary | None, room: int, count: CountTokens) -> PromptPart:
    """Return the summary, without its first sentences where it does not fit."""
    text = sentences = summary.text if summary else ""
    while text:
        part = transcript.story_so_far(text)
        tokens = await count(part + transcript.SEPARATOR)
        if tokens <= room:
            return PromptPart("summary", part, tokens, cut=text != sentences)
        wanted = int(len(text) * min(room / tokens, 0.9))
        text = text[next((end for end in sentence_ends(text) if len(text) - end <= wanted),
                         len(text)) :].strip()  # fmt: skip
    return PromptPart("summary", "", 0)
