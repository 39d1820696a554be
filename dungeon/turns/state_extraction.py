"""Ask the model what the last turn has changed in the state, in JSON that obeys a schema.

What it says is suggested like what the rules find, and counts only when the player confirms it. Of
that, what the turn does not mention is dropped: a model makes things up.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dungeon.errors import EngineBusy, EngineStopped, GeneratorError, InputRefused, SavesError
from dungeon.generator import Generator, Request
from dungeon.settings.generation import GenerationSettings
from dungeon.settings.sampling import Sampling
from dungeon.state import find_changes, read_change, state_at, story_sentences
from dungeon.state.people import death_of, is_called_dead
from dungeon.state.phrases import key
from dungeon.state.tracking import is_about_same
from dungeon.story import Adventure, Kind, Turn, render_transcript
from dungeon.story.state_events import Category, Change, Decision, Source, StateEvent
from dungeon.text import safety
from dungeon.text.control_tokens import neutralise
from dungeon.threads import SerialThread
from dungeon.turns.adventure_store import AdventureStore
from dungeon.turns.model_query import ModelQuery, generate_text, with_query
from dungeon.turns.power import is_on_battery

MAX_CHANGES = 4
"""Changes of a turn that are asked for."""

_MAX_TOKENS = 300
_MAX_TURN = 2_000
"""Characters of a turn that are read."""

_WORD = re.compile(r"\w{3,}")
_STEM = 5
"""Letters by which a word is known again: `trusts` in `trusted`."""

_KINDS: Mapping[str, tuple[Category, bool]] = {
    "takes": (Category.ITEM, False),
    "loses": (Category.ITEM, True),
    "is in": (Category.PLACE, False),
    "is hurt": (Category.INJURY, False),
    "promises": (Category.QUEST, False),
    "person": (Category.PERSON, False),
}
"""What the model may say, and what it means."""

SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {
            "changes": {
                "type": "array",
                "maxItems": MAX_CHANGES,
                "items": {
                    "type": "object",
                    "properties": {
                        "kind": {"enum": list(_KINDS)},
                        "name": {"type": "string", "minLength": 2, "maxLength": 60},
                        "is": {"type": "string", "maxLength": 60},
                    },
                    "required": ["kind", "name", "is"],
                    "additionalProperties": False,
                },
            }
        },
        "required": ["changes"],
        "additionalProperties": False,
    }
)
"""The JSON schema of the answer."""

INSTRUCTION = (
    "List as JSON what this turn has changed for the player, “you”: what they take or lose, the "
    "place where they are now, how they are hurt, what they promise, and who has died or feels "
    "otherwise about them. Only what the turn says has happened; an empty list is a good answer. "
    '“is” is empty but for a person: {"changes": [{"kind": "takes", "name": "a brass lamp", '
    '"is": ""}, {"kind": "person", "name": "Bram", "is": "is dead"}]}'
)
"""What the model is told to do."""


class StateExtraction:
    """Asks once about each turn at the head, where the settings say so."""

    def __init__(
        self,
        generator: Generator,
        store: AdventureStore,
        saving: SerialThread,
        on_found: Callable[[], None],
    ) -> None:
        """`saving` is the thread of the store; `on_found` is called when something was found."""
        self._generator = generator
        self._store = store
        self._saving = saving
        self._on_found = on_found
        self._asked: set[str] = set()
        self._is_refused = False

    async def run(self, settings: GenerationSettings) -> bool:
        """Ask about the turn at the head; return whether the engine was used for that.

        A task that is cancelled here has saved everything or nothing, and the next call asks again.
        """
        adventure = self._store.adventure
        turn = adventure.current_turn()
        if not settings.asks_model_for_state or turn is None or not self._is_new(adventure, turn):
            return False
        if self._is_refused or is_on_battery():
            return False
        try:
            answer = await self._ask(adventure, turn, settings)
        except (EngineStopped, EngineBusy):  # the next turn says so, or asks again
            return False
        except GeneratorError:  # it takes no schema, or no such request
            self._is_refused = True
            return True
        self._asked.add(turn.id)
        decision = Decision.ACCEPTED if settings.state == "auto" else Decision.SUGGESTED
        events = tuple(
            StateEvent(turn.id, change, decision, Source.MODEL)
            for change in read_answer(answer, turn, adventure)
        )
        if events:
            try:
                await self._saving.run(self._store.revise, {"new_state_events": events})
            except SavesError:  # the next turn that cannot be saved either says so
                return True
            self._on_found()
        return True

    def _is_new(self, adventure: Adventure, turn: Turn) -> bool:
        is_asked = turn.id in self._asked or any(
            event.turn == turn.id and event.source is Source.MODEL
            for event in adventure.state_events
        )
        return turn.kind is not Kind.OPENING and not is_asked

    async def _ask(self, adventure: Adventure, turn: Turn, settings: GenerationSettings) -> str:
        query, choice = extraction_query(adventure, turn), settings.prompt_format
        request = await with_query(extraction_request(query), query, self._generator, choice)
        return await generate_text(self._generator, request)


def extraction_query(adventure: Adventure, turn: Turn) -> ModelQuery:
    """Return the question what `turn` has changed."""
    known = " ".join(story_sentences(state_at(adventure)))
    text = render_transcript([turn])[:_MAX_TURN]
    story = neutralise(f"Before: {known}\n\n{text}" if known else text)
    return ModelQuery(story, INSTRUCTION, "JSON:")


def extraction_request(query: ModelQuery) -> Request:
    """Return the request for an answer that obeys the schema, by a model that continues a text."""
    sampling = Sampling(temperature=0.0, dry_multiplier=0.0, repeat_penalty=1.0)
    return Request(query.prompt, _MAX_TOKENS, sampling, seed=0, json_schema=SCHEMA)


def read_answer(answer: str, turn: Turn, adventure: Adventure) -> Iterator[Change]:
    """Yield the changes in a model's answer that the turn mentions and that are not known yet.

    Whatever is no such answer is passed over: an engine without schemas writes anything.
    """
    try:
        document = json.loads(answer[answer.find("{") : answer.rfind("}") + 1])
        entries = document["changes"][:MAX_CHANGES]
    except (ValueError, KeyError, TypeError, RecursionError):
        return
    earlier = adventure.path_to(turn.id)[:-1]
    before, found = state_at(adventure), list(find_changes(turn, earlier))
    for change in filter(None, map(_change, entries)):
        is_known = any(is_about_same(each, change) for each in found) or (
            change == death_of(change.name) and is_called_dead(change.name)
        )
        if not is_known and _is_mentioned(change, turn) and before.after(change) != before:
            found.append(change)
            yield change


def _change(entry: Any) -> Change | None:
    match entry:
        case {"kind": str(kind), "name": str(name), "is": str(value)} if kind in _KINDS:
            pass
        case _:
            return None
    if safety.violates(f"{name} {value}"):
        return None
    category, removed = _KINDS[kind]
    is_person = category is Category.PERSON
    try:
        change = read_change(f"{category.value}: {f'{name}, {value}' if is_person else name}")
    except InputRefused:
        return None
    return Change(change.category, change.name, change.value, removed)


def _is_mentioned(change: Change, turn: Turn) -> bool:
    """Return whether every word of the name stands in the turn, and some word of the value."""
    told = f"{turn.action} {turn.text}".casefold()
    names = _WORD.findall(key(change.name))
    value = [word for word in _WORD.findall(change.value.casefold()) if word != "you"]
    is_named = bool(names) and all(_stands_in(word, told) for word in names)
    return is_named and (not value or any(_stands_in(word, told) for word in value))


def _stands_in(word: str, told: str) -> bool:
    return re.search(rf"\b{re.escape(word[:_STEM])}", told) is not None
