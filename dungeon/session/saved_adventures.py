"""Find a saved adventure by its id or its title; rename, tag, star, export or delete one beside the
game.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from dungeon.commands.library import HOW, typed_tags
from dungeon.commands.transfers import export_adventure
from dungeon.errors import InputRefused
from dungeon.text import clean_line
from dungeon.text.error_words import did_you_mean, in_quotes
from dungeon.text.safety import refuse_forbidden

if TYPE_CHECKING:
    from dungeon.saves.library import Library
    from dungeon.saves.summaries import Summary

_VERBS = ("rename", "tag", "favourite", "export", "delete")
_CONFIRMED = "yes"
_SHOWN = 80
"""Characters of a title that a refusal shows."""
_MAX_NAMED = 5
"""Adventures that a refusal names."""


def find_adventure(library: "Library", typed: str) -> "Summary":
    """Return the adventure whose id or title is `typed`, or else begins so.

    Raises InputRefused where there is none or more than one, SavesError.
    """
    known = library.summaries()
    match _meant(known, typed):
        case [only]:
            return only
        case []:
            guess = did_you_mean(clean_line(typed), [clean_line(each.title) for each in known])
            raise InputRefused(
                f"No adventure has the id or the title {in_quotes(typed, _SHOWN)}.{guess} /saves "
                "lists them, and /search WORDS finds their turns."
            )
        case several:
            raise InputRefused(_which(typed, several))


def _meant(known: "Sequence[Summary]", typed: str) -> "Sequence[Summary]":
    """Return the adventures that `typed` may mean, by the first of these that any has: that id,
    that title, an id that begins so, a title that begins so.
    """
    wanted = clean_line(typed)
    name = wanted.casefold()
    tests: Sequence[Callable[[Summary], bool]] = (
        lambda each: each.id == wanted,
        lambda each: each.title.casefold() == name,
        lambda each: each.id.startswith(wanted),
        lambda each: each.title.casefold().startswith(name),
    )
    found = ([each for each in known if is_meant(each)] for is_meant in tests if wanted)
    return next(filter(None, found), [])


def _which(typed: str, several: "Sequence[Summary]") -> str:
    shown = ", ".join(f"{each.id} “{clean_line(each.title)}”" for each in several[:_MAX_NAMED])
    more = ", …" if len(several) > _MAX_NAMED else ""
    return f"{in_quotes(typed, _SHOWN)} may mean {shown}{more}. Give the id."


def change_saves(library: "Library", argument: str, playing: str) -> str:
    """Do with a saved adventure what stands behind /library; return what to say.

    `playing` is the id of the adventure that is played. Raises InputRefused, NotSaved or
    SavesError.
    """
    verb, _, rest = argument.strip().partition(" ")
    match verb.lower():
        case "rename":
            found, title = _split(library, rest, "to")
            return _rename(library, found, clean_line(title), playing)
        case "tag":
            found, tags = _split(library, rest, "as")
            return _tag(library, found, tags, playing)
        case "favourite":
            return _favourite(library, rest.strip(), playing)
        case "export":
            found, target = _split(library, rest, "as")
            return export_adventure(library.load(found.id), target)
        case "delete":
            return _delete(library, rest.strip(), playing)
    raise InputRefused(f"/library cannot {in_quotes(verb)}.{did_you_mean(verb, _VERBS)} {HOW}")


def _rename(library: "Library", found: "Summary", title: str, playing: str) -> str:
    if found.id == playing:
        raise InputRefused(f"You play this one: /title {title} names it.")
    refuse_forbidden(title)
    library.revise(found.id, title=title)
    return f"“{clean_line(found.title)}” is now called {title}."


def _tag(library: "Library", found: "Summary", typed: str, playing: str) -> str:
    if found.id == playing:
        raise InputRefused(f"You play this one: /tag {clean_line(typed)} sets its tags.")
    tags = typed_tags(typed)
    library.revise(found.id, tags=tags)
    named = f"“{clean_line(found.title)}”"
    return f"The tags of {named} are: {', '.join(tags)}." if tags else f"{named} has no tags."


def _favourite(library: "Library", named: str, playing: str) -> str:
    found = find_adventure(library, named)
    if found.id == playing:
        raise InputRefused("You play this one: /favourite changes that.")
    library.revise(found.id, favourite=not found.favourite)
    title = f"“{clean_line(found.title)}”"
    if found.favourite:
        return f"{title} is no favourite any more."
    return f"{title} stands first in the list of saves."


def _delete(library: "Library", named: str, playing: str) -> str:
    which, _, last = named.rpartition(" ")
    ends_in_yes = bool(which) and last.lower() == _CONFIRMED
    is_confirmed = ends_in_yes and not _meant(library.summaries(), named)  # “Say Yes” is a title
    found = find_adventure(library, which if is_confirmed else named)
    title = f"“{clean_line(found.title)}”"
    if found.id == playing:
        raise InputRefused(f"{title} is being played. Go to another one first: /load or /new.")
    if not is_confirmed:
        return (
            f"This deletes {title} with all its branches, after a backup. If you are sure: "
            f"/library delete {found.id} {_CONFIRMED}"
        )
    library.delete(found.id)
    return f"{title} is deleted. The backup made before still contains it."


def _split(library: "Library", rest: str, word: str) -> "tuple[Summary, str]":
    """Return the adventure that is named before `word`, and what stands behind it.

    Titles may hold that word themselves: the longest name that there is counts.
    """
    parts, refusal = rest.split(f" {word} "), InputRefused(HOW)
    for number in reversed(range(1, len(parts))):
        named, follows = (f" {word} ".join(each) for each in (parts[:number], parts[number:]))
        try:
            if follows.strip():
                return find_adventure(library, named), follows.strip()
        except InputRefused as error:
            refusal = error
    raise refusal
