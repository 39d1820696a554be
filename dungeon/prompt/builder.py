"""Build a prompt: an adventure and a token budget in, text and an account of its parts out.

In order: memory, the summary of turns that no longer fit, lore entries, quotations of earlier turns
that match the action, as much of the story as fits, the author's note, which may also stand some
turns before the end, the state of the story, and the player's action. Only turns that no longer fit
are quoted. The story is trimmed in large steps: its front stays the same from turn to turn, so that
an engine finds the beginning of the prompt in its prefix cache, and only when the budget is full it
is trimmed to half.
Knows nothing of engines and saves: it is given a function that counts tokens, and one that finds
turns.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dungeon import lore, transcript
from dungeon.memory.retrieval import FindMatches, Match
from dungeon.prompt.context import Context, PartName, PromptPart, QuotedTurn
from dungeon.prompt.quotations import quotations_part, quote_matches
from dungeon.prompt.token_counter import CountTokens, counting_neutralised
from dungeon.state import fit_line
from dungeon.story import Action, Adventure, Kind, StorySummary, Turn, render_transcript
from dungeon.story.state_events import StateLine
from dungeon.text.control_tokens import neutralise
from dungeon.text.sentences import sentence_ends

TRIM_TO = 0.5
"""Share of the story's budget to which it is trimmed when it no longer fits."""

MEMORY_SHARE = 0.4
"""Maximum share of the budget for memory; a longer one is cut."""

LORE_SHARE = 0.2
"""Maximum share of the budget for lore entries."""

MAX_LORE_TOKENS = 1000
"""Maximum tokens of them: a large model's context is not filled with them."""

NOTE_SHARE = 0.15
"""Maximum share of the budget for the author's note."""

QUOTED_SHARE = 0.12
"""Maximum share of the budget for quotations of earlier turns."""

MAX_QUOTED_TOKENS = 300
"""Maximum tokens of these quotations: a large model's context is not filled with them."""

SUMMARY_SHARE = 0.15
"""Maximum share of the budget for the summary of turns that no longer fit."""

MAX_SUMMARY_TOKENS = 400
"""Maximum tokens of it."""

STATE_SHARE = 0.06
"""Maximum share of the budget for the state of the story."""

MAX_STATE_TOKENS = 100
"""Maximum tokens of it."""


async def build_prompt(
    adventure: Adventure,
    action: Action | None,
    *,
    budget: int,
    count: CountTokens,
    first: str | None = None,
    reserve: int = 0,
    find: FindMatches | None = None,
    quoted: Sequence[Match] = (),
    summarised: bool = False,
    state_line: StateLine = "off",
) -> Context:
    """Return the prompt for `action` at the head of `adventure`.

    `first` is the `Context.first` of the previous turn, and `quoted` has the matches of its
    quotations; `reserve` is the number of tokens to leave free for an action that is not known yet
    (None). The prompt has at most about `budget` tokens: memory, summary, lore, quotations and note
    get up to their shares, the story what is left. Without `find` nothing is quoted; the summary
    is included if it is `summarised`, and of the confirmed state what `state_line` says. What
    spells a control token of a chat model is neutralised.
    """
    count = counting_neutralised(count)
    memory = await _fit_part("memory", adventure.memory, int(budget * MEMORY_SHARE), count)
    note = await _fit_part(
        "note", transcript.author_note(adventure.note), int(budget * NOTE_SHARE), count
    )
    lore_room = _room(LORE_SHARE, MAX_LORE_TOKENS, budget)
    selection = await lore.select(adventure, action, lore_room, count)
    state_room = _room(STATE_SHARE, MAX_STATE_TOKENS, budget)
    state_part = PromptPart("state", *await fit_line(adventure, state_line, state_room, count))
    fixed = memory.tokens + selection.room + state_part.tokens + note.tokens + reserve
    action_part = await _fit_part("action", _action_text(action), max(budget - fixed, 0), count)
    line = adventure.path()
    rooms = await _divide(
        line,
        first,
        max(budget - fixed - action_part.tokens, 0),
        quoted=_room(QUOTED_SHARE, MAX_QUOTED_TOKENS, budget) if find else 0,
        summary=_room(SUMMARY_SHARE, MAX_SUMMARY_TOKENS, budget) if summarised else 0,
        count=count,
    )
    start = rooms.start
    summary = adventure.summary() if rooms.summary else None
    quotations: tuple[QuotedTurn, ...] = ()
    error = ""
    if find is not None and rooms.quoted:
        anew = line[start].id != first
        quotations, error = await quote_matches(
            action, line, start, find, quoted=quoted, anew=anew, room=rooms.quoted, count=count
        )
    earlier = await quotations_part(quotations, count)
    depth = adventure.note_depth if note.text else 0
    story, recent, depth = await _fit_story(line[start:], depth, rooms.story, count)
    entries = PromptPart("lore", selection.text, selection.tokens)
    summary_part = await _summary_part(summary, rooms.summary, count)
    whole = (memory, summary_part, entries, earlier, story, note, recent, state_part, action_part)
    parts = tuple(replace(part, text=neutralise(part.text)) for part in whole if part.text)
    kept = line[start].id if start < len(line) else None
    return Context(
        _join(parts),
        parts,
        budget,
        kept,
        start,
        quotations,
        summary if summary_part.text else None,
        rooms.summary,
        selection,
        note_depth=depth,
        search_error=error,
        unconditional_prompt=_unconditional_prompt(action, parts),
    )


def _room(share: float, most: int, budget: int) -> int:
    return min(int(budget * share), most)


@dataclass(frozen=True, slots=True)
class _Rooms:
    """The tokens that story, quotations and summary may have."""

    start: int
    """The index of the first turn that fits the story's room."""
    story: int
    quoted: int = 0
    summary: int = 0


async def _divide(
    line: Sequence[Turn],
    first: str | None,
    room: int,
    *,
    quoted: int,
    summary: int,
    count: CountTokens,
) -> _Rooms:
    """Divide the room: quotations and summary get some where turns are left out, and the story
    keeps at least half of it.
    """
    start = await _start(line, first, room, count)
    earlier = quoted + summary
    if not start or not earlier or room < 2 * earlier:
        return _Rooms(start, room)
    return _Rooms(await _start(line, first, room - earlier, count), room - earlier, quoted, summary)


async def _fit_story(
    turns: Sequence[Turn], depth: int, room: int, count: CountTokens
) -> tuple[PromptPart, PromptPart, int]:
    """Return the story before and behind a note that stands `depth` turns before its end, and how
    many it stands before it: at least a turn comes first, and nothing is cut.
    """
    story = await _fit_part("story", render_transcript(turns), room, count)
    depth = 0 if story.cut else max(min(depth, len(turns) - 1), 0)
    if not depth:
        return story, PromptPart("recent", "", 0), 0
    story = await _fit_part("story", render_transcript(turns[:-depth]), room, count)
    recent = await _fit_part("recent", render_transcript(turns[-depth:]), room, count)
    return story, recent, depth


def _join(parts: Iterable[PromptPart]) -> str:
    return transcript.as_prompt(transcript.SEPARATOR.join(part.text for part in parts))


def _unconditional_prompt(action: Action | None, parts: Sequence[PromptPart]) -> str:
    """Return the prompt without the action; for None, an action not known yet, the whole prompt.

    Only what the player does or says guides a reply: prose of theirs is part of the story.
    """
    if action is not None and action.kind not in (Kind.DO, Kind.SAY):
        return ""
    return _join(part for part in parts if part.name != "action")


async def _summary_part(summary: StorySummary | None, room: int, count: CountTokens) -> PromptPart:
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


async def _start(line: Sequence[Turn], first: str | None, room: int, count: CountTokens) -> int:
    """Return the index of the first turn to keep: of `first` while it fits, else trimmed."""
    index = next((i for i, turn in enumerate(line) if turn.id == first), 0)
    if await _has_room_for(line[index:], room, count):
        return index
    kept, used = len(line), 0
    while kept > 0:
        used += await _cost(line[kept - 1], count)
        if used > room * TRIM_TO and kept < len(line):
            break
        kept -= 1
    return kept


async def _has_room_for(turns: Sequence[Turn], room: int, count: CountTokens) -> bool:
    """Return whether `turns` have at most `room` tokens; stops counting at the limit."""
    used = 0
    for turn in reversed(turns):
        used += await _cost(turn, count)
        if used > room:
            return False
    return True


async def _cost(turn: Turn, count: CountTokens) -> int:
    return await count(render_transcript([turn]) + transcript.SEPARATOR)


def _action_text(action: Action | None) -> str:
    match action:
        case Action(Kind.DO | Kind.SAY, text):
            return transcript.write([transcript.ActionLine(text)])
        case Action(Kind.STORY, text):
            return transcript.write([transcript.Prose(text)])
        case _:
            return ""


async def _fit_part(name: PartName, text: str, room: int, count: CountTokens) -> PromptPart:
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
