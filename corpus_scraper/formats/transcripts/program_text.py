"""Remove from a played transcript what the program shows besides the story.

Title banners, status lines, score notices, questions about saving and quitting: each kind is
counted, and named in a note of the story.
"""

import re
from dataclasses import dataclass

_LINE = r"[^\n]{0,300}"

_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "status lines",
        re.compile(
            rf"^[ \t]*>[ \t]+>[ \t]*[^\s>]{_LINE}$"  # an empty prompt, and the line drawn anew
            r"|^[ \t]*\S[^\n]{0,60}?[ \t]{2,}\[[=#* ]{5,80}\][ \t]*$"
            r"|^[ \t]*\S[^\n]{0,60}?[ \t]{8,300}-?\d{1,5}/\d{1,6}[ \t]*$"  # score and turns
            r"|^[ \t]*Exits: [^\n]{1,100}$"
            r"|^[ \t]+[A-Z][a-z]{1,15}: [^\n:]{1,40} [A-Z][a-z]{1,15}: [^\n:]{1,60}$",
            re.MULTILINE,
        ),
    ),
    (
        "lines for those who test the program",
        re.compile(
            rf"^[ \t]*\*\*\* [^\n*]{{1,80}}: action is {_LINE}$"
            rf"|^[ \t]*consult \d{{1,6}}/\d{{1,6}}\b{_LINE}$"
            r"|^[ \t]*Rule \w{1,30}, action [^\n]{1,200}?\bspecial_number -?\d{1,6}[ \t]*",
            re.MULTILINE,
        ),
    ),
    (
        "closing scores and menus",
        re.compile(
            rf"^[ \t]*(?:In that game you scored|You scored) \d{_LINE}"
            rf"(?:\n(?![ \t]*>){_LINE}){{0,60}}"
            r"|^[ \t]*Would you like to:[ \t]*(?:\n[ \t]+\S[^\n]{0,100}){1,12}",
            re.MULTILINE,
        ),
    ),
    (
        "notices and questions of the program",
        re.compile(
            r"^[ \t]*(?:\[[^\]\n]{1,500}(?:\n[^\]\n>]{1,200}){0,5}\]"  # [Your score has gone up.]
            rf"|Your score has (?:just )?gone (?:up|down) by {_LINE}|\(Testing\.\)"
            rf"|Would you like to RESTART\b{_LINE}"
            rf"|>[ \t]*(?:Are you sure you want to|You're sure\?|Please answer yes){_LINE}"
            rf"|(?:Release|Revision) \d+ ?[/.]{_LINE}"  # Release 88 / Serial number 840726
            rf"|Copyright \([cC©]\){_LINE}|[^\n]{{1,60}} is a registered trademark of {_LINE}"
            r")[ \t]*$",
            re.MULTILINE,
        ),
    ),
)

_SHOUT = re.compile(r"^([ \t]*)>>([^<>\n]{1,80})<<[ \t]*$", re.MULTILINE)
"""A magic word in typographer's marks, which is no command: `>>Foof!<<`."""

_EMPTY_PROMPT = re.compile(r"^[ \t]*>[> \t]*$|[ \t]*>+[ \t]*$", re.MULTILINE)
_NUMBERED_PROMPT = re.compile(r"(?:^|(?<=[ \t]))>\[\d{1,6}\][ \t]*", re.MULTILINE)
"""Also behind a line that the game printed last: `(walking on) >[2] wait`."""

_RELEASE = re.compile(r"(?:Release|Revision) \d+ ?[/.]")
_HEADLINE = re.compile(
    r"An? (?:\w+ ){0,3}?interactive (?:\w+ ){0,3}?\w+(?: by (?P<author>[^\n]{1,80}?))?\.?$",
    re.IGNORECASE,
)
_VERSION = re.compile(r".*\b(?:library|version|compiler|inform|standard rules)\b|<?\w*>?\.", re.I)
_MAX_BANNER = 8
"""Lines above the release number that may belong to its banner."""


@dataclass(frozen=True, slots=True)
class PlayedText:
    """The text of a transcript without the program's own."""

    text: str
    title: str = ""
    """As the banner has it; empty where there is none."""
    author: str = ""
    notes: tuple[str, ...] = ()


def strip_program_text(text: str) -> PlayedText:
    """Return `text` without banners, status lines and notices, with a note for each kind."""
    lines, title, author, banner = _strip_banner(_without_margin(text).split("\n"))
    text = plain_prompts("\n".join(lines))
    text = _SHOUT.sub(r"\1\2", text)
    counts = [("lines of the title banner", banner)]
    for kind, pattern in _KINDS:
        text, count = pattern.subn("", text)
        counts.append((kind, count))
    notes = tuple(f"Left out: {count} {kind}." for kind, count in counts if count)
    return PlayedText(_EMPTY_PROMPT.sub("", text), title, author, notes)


def plain_prompts(text: str) -> str:
    """Return `text` with every `>[12] look` as `> look`, on a line of its own."""
    return _NUMBERED_PROMPT.sub("\n> ", text)


def _without_margin(text: str) -> str:
    """Return `text` without an indentation of two that all its lines but prompts have."""
    lines = [line for line in text.split("\n") if line.strip() and not line.startswith(">")]
    if not lines or not all(line.startswith("  ") for line in lines[:200]):
        return text
    return re.sub(r"^ {2}", "", text, flags=re.MULTILINE)


def _strip_banner(lines: list[str]) -> tuple[list[str], str, str, int]:
    """Return the lines without the first banner, its title and author, and how many lines it had.

    The title stands above the headline (`An Interactive Fiction by …`), or else first. A status
    line may stand above it at the very top; prose above a headline stays.
    """
    release = next((at for at, line in enumerate(lines) if _RELEASE.match(line.strip())), -1)
    if release < 0:
        return lines, "", "", 0
    top = release
    while top > 0 and lines[top - 1].strip() and not lines[top - 1].lstrip().startswith(">"):
        top -= 1
    headline = next((n for n in range(top + 1, release) if _HEADLINE.match(lines[n].strip())), 0)
    at_the_top = not any(map(str.strip, lines[:top]))
    first = headline - 1 if headline else top
    if release - first > _MAX_BANNER or first == release:
        return lines, "", "", 0
    found = _HEADLINE.match(lines[headline].strip()) if headline else None
    title = " ".join(lines[first].split())
    end = release + 1
    while end < len(lines) and lines[end].strip() and _VERSION.match(lines[end].strip()):
        end += 1
    is_status = at_the_top and first - top == 1 and lines[top].rstrip()[-1] not in ".!?…\"'”’"
    start = top if is_status else first
    author = (found["author"] or "") if found else ""
    return [*lines[:start], "", *lines[end:]], title, author, end - start
