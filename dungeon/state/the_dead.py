"""Find who neither speaks nor acts in the next reply, since the story has told that they are dead.

Somebody is dead whom the rules have found dead on the line of the story, or the player has
confirmed to be. They are alive again once a later turn has told so, and nobody is dead for sure
where the dead come back in the story, or the player is about to raise them.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from dungeon.state.acts import ACTS
from dungeon.state.dead_acting import DEAD_PRONOUNS, ELSEWHERE, NOBODY, TheDead
from dungeon.state.killing import is_shown_alive
from dungeon.state.mentions import pronouns_of
from dungeon.state.namesakes import others_in, unmistakable_names, without_adjectives
from dungeon.state.phrases import SentencePattern, head_noun, means_same
from dungeon.state.tracking import DecidedTurn, decided_turns
from dungeon.story import Action, Adventure, Kind, Turn
from dungeon.story.state_events import Category, Change

VISIBLE_TURNS = 100
"""Turns in which it is looked for who else is there; the opening is always one of them."""

_NEAR_TURNS = 2
"""Turns before the action in which a dream may have begun, or the dead were called."""

_IS_DEAD = re.compile(r"(?:is|was|has been) (?:now |already )?(?:dead|killed|slain|murdered)\b")
_LIVES = re.compile(r"(?:is|are) (?:not dead|alive|unhurt|well|only)|lives\b")

_WALKS_DEAD = SentencePattern(
    rf"\bdead already\b|\balready dead\b|\bdead,? (?:and|but) (?:he|she|it) (?:still )?{ACTS}\b"
)
"""In a turn: whoever is said to be dead may have been dead when they acted before, or acts now."""

_UNQUIET = SentencePattern(
    r"\b(?:undead|zombies?|necromanc\w+|revenants?|lich|vampires?|ghosts?|ghostly|ghouls?|"
    r"spectres?|phantoms?|haunt\w*|resurrect\w*|reincarnat\w*|reanimat\w*|respawn\w*|"
    r"afterlife|underworld|(?:living|walking|restless) dead|"
    r"the dead (?:\w+ )?(?:walk|rise|speak|talk|wake|come|return|stand|sit|dance)|"
    r"dead (?:people|men|man|woman) (?:walk|talk|come|say)\w*|"
    r"(?:back|rise|rises|risen) from the (?:dead|grave)|s[ée]ances?|voodoo|"
    r"(?:two|three|four|five|six|seven|eight|nine|many|several) lives|(?:life|lives) left|"
    r"time (?:loop|machine|travel\w*)|theatre|theater|actors?|actress|rehears\w+|puppets?|chess|"
    r"plays? dead|playing dead|pretends? to be dead|simulation|holograms?|clones?)\b"
)
"""In a story: the dead may come back, or those who die are none."""

_RAISES = SentencePattern(
    r"\b(?:raise|rise|reviv\w+|resurrect\w*|resuscitat\w+|reanimat\w+|heal\w*|cure\w*|wake\w*|"
    r"awake\w*|waking|rouse\w*|restore\w*|bring\w* (?:[\w'’]+ ){1,4}(?:back|to life)|save|"
    r"bandag\w+|breathe into|cpr|potions?|elixirs?|spells?|magic\w*|rituals?|pray\w*|prayers?|"
    r"bless\w*|summon\w*|ghosts?|spirits?|souls?|undead|chant\w*|incantations?|"
    r"wands?|amulets?|miracles?|go back (?:in time|to (?:before|when|the (?:beginning|start|past|"
    r"day|hour|minute|moment|time)))|rewind|sleep\w*|asleep|dream\w*|story|legend)\b"
)
"""In an action: the dead may come back, or the player leaves the here and now."""


def find_dead(adventure: Adventure, action: Action) -> TheDead:
    """Return who is dead at the head of `adventure`, before the reply to `action`, so that nobody
    else can be meant by their names.
    """
    path = adventure.path()
    died = died_in(decided_turns(adventure)) if path else {}
    if not died or _may_come_back(adventure, path, action):
        return NOBODY
    visible = max(len(path) - VISIBLE_TURNS, 1)

    def text(begin: int, end: int) -> str:
        return "\n".join(f"{turn.action}\n{turn.text}" for turn in path[max(begin, visible) : end])

    opening = path[0].text
    names = [
        form
        for name, number in died.items()
        if not _lives_again(name, action.text, "")  # the player may write it as story
        for form in unmistakable_names(
            name,
            f"{opening}\n{text(1, number + 1)}",
            f"{text(number + 1, len(path))}\n{action.text}",
        )
    ]
    story = f"{opening}\n{text(1, len(path))}\n{action.text}"
    return TheDead((*names, *_pronouns(names, story))) if names else NOBODY


def died_in(turns: Sequence[DecidedTurn]) -> dict[str, int]:
    """Return who is dead at the end of a line, with the number of the turn in which they died.

    Whoever acts in a reply that was kept is alive again. Where the player has confirmed the death,
    that takes more: the player has raised them, or written it as story.
    """
    died: dict[str, int] = {}
    confirmed: set[str] = set()
    for number, each in enumerate(turns):
        turn = each.turn
        for name in [name for name in died if _lives_again(name, turn.prose, turn.action)]:
            if name not in confirmed or _is_players_doing(name, turns, number):
                del died[name]
                confirmed.discard(name)
        for change in each.found:
            if _tells_death(change) and not _WALKS_DEAD.is_in(turn.prose):
                died.setdefault(change.name, number)
        for change in each.confirmed:
            if _tells_death(change):
                died.setdefault(change.name, number)
                confirmed.add(change.name)
            elif change.category is Category.PERSON:
                _take_back(change, died, number)
    return died


def _is_players_doing(name: str, turns: Sequence[DecidedTurn], number: int) -> bool:
    """Return whether the player is behind it that somebody dead acts in a turn."""
    turn = turns[number].turn
    if turn.kind is Kind.STORY and _lives_again(name, turn.action, ""):
        return True
    near = [each.turn.action for each in turns[max(number - _NEAR_TURNS, 1) : number + 1]]
    return any(map(_RAISES.is_in, near))


def _tells_death(change: Change) -> bool:
    """Return whether one person is dead now; of several it is never known who is meant."""
    is_person = change.category is Category.PERSON and not change.removed
    return is_person and _IS_DEAD.match(change.value) is not None


def _take_back(change: Change, died: dict[str, int], number: int) -> None:
    """Take back who is dead, where the player has confirmed something else of them since."""
    for name in [name for name in died if means_same(name, change.name)]:
        if change.removed or died[name] < number or _LIVES.match(change.value):
            del died[name]


@lru_cache(maxsize=2048)
def _lives_again(name: str, prose: str, action: str) -> bool:
    """Return whether a turn of the story shows somebody alive who is dead: it was kept."""
    names = [head_noun(name), name.split()[0]] if name[:1].isupper() else [head_noun(name)]
    if not re.search(rf"\b(?:{'|'.join(map(re.escape, names))}|he|she|it)\b", prose, re.IGNORECASE):
        return False
    dead = TheDead((name, without_adjectives(name), *DEAD_PRONOUNS))
    return is_shown_alive(prose, name) or dead.act_in_text(prose, action)


def _may_come_back(adventure: Adventure, path: Sequence[Turn], action: Action) -> bool:
    """Return whether the dead may act in the next reply, with the story's or the player's leave."""
    visible = (*path[:1], *path[1:][-VISIBLE_TURNS:])
    texts = [f"{turn.action} {turn.text}" for turn in visible]
    about = (adventure.title, adventure.memory, adventure.note, adventure.lore)
    if any(map(_is_unquiet, (*about, *texts, action.text))):
        return True
    near = path[1:][-_NEAR_TURNS:]
    actions = [action.text, *(turn.action for turn in near)]
    return any(map(_RAISES.is_in, actions)) or any(
        ELSEWHERE.is_in(text) for text in (*actions, *(turn.text for turn in near))
    )


@lru_cache(maxsize=512)
def _is_unquiet(text: str) -> bool:
    return _UNQUIET.is_in(text)


def _pronouns(names: Sequence[str], story: str) -> list[str]:
    """Return the pronouns that can mean nobody but the dead in a story."""
    used = {pronoun for name in names for pronoun in pronouns_of(name)}
    taken = {pronoun for name in others_in(story, names) for pronoun in pronouns_of(name)}
    yours = _YOUR_NAME.findall(story)
    words = {word for name in (*names, *yours) for word in name.split()}
    is_alone = not set(_CAPITALISED.findall(story)) - words
    return [each for each in DEAD_PRONOUNS if is_alone and each in used - taken]


_YOUR_NAME = re.compile(r"\b[Yy]ou are ([A-Z][\w'’-]+(?: [A-Z][\w'’-]+)*)")
_CAPITALISED = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]+")
"""A name within a sentence, which may be somebody's."""
