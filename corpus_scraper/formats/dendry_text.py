"""Turn the marked text of Dendry into prose: conditions, values, emphasis, asides, line breaks.

Nothing is computed: a value becomes a plausible text, and what depends on a condition is kept
unless that condition excludes an earlier one.
"""

import re

from corpus_scraper.formats.facts import Facts
from corpus_scraper.formats.placeholders import placeholder_for

_MARK = re.compile(
    r"\\(?P<escaped>.)"
    r"|\[\?(?:[ \t]*if\b(?P<written>[^:\n\]]{0,300}):)?(?P<condition>)"
    r"|\[\+(?P<value>[^\[\]\n]{0,200}?)\+\]"
    r"|(?P<end>[ \t]?\?\](?=[.,;:!?])|\?\])"
    r"|(?P<line> ?//(?:[ \t]|$))"
    r"|!\[[^\[\]\n]{0,300}\]\([^()\n]{0,500}\)|\]\((?:https?:|mailto:)[^()\s]{0,500}\)"
    r"|(?P<aside>\[)|\*+|\]"
)
"""The last ones are never shown: emphasis, which ends with its paragraph, and asides."""

_NAME = re.compile(r"[A-Za-z_][\w-]*")


def plain_text(
    paragraph: str, facts: Facts | None = None, left_out: list[str] | None = None
) -> str:
    """Return a paragraph or a title as a player reads it.

    `facts` are the conditions of what was kept before; those of the paragraph are added. Text that
    they exclude goes to `left_out`.
    """
    if not re.search(r"[\\*\[\]]|//", paragraph):
        return paragraph
    facts = Facts() if facts is None else facts
    kept: list[str] = []
    left_out = [] if left_out is None else left_out
    hidden: list[bool] = []
    """Of the open conditions, which exclude an earlier one, or are within one that does."""
    position = asides = 0
    for mark in _MARK.finditer(paragraph):
        target = left_out if hidden and hidden[-1] else kept
        target.append(paragraph[position : mark.start()])
        position = mark.end()
        match mark.lastgroup:
            case "escaped":
                target.append(mark["escaped"])
            case "condition":
                hidden.append(target is left_out or _excludes(facts, mark["written"] or ""))
            case "value":
                name = _NAME.search(mark["value"])
                target.append(placeholder_for(name[0] if name else ""))
            case "end" if hidden:
                hidden.pop()
            case "end" if asides:  # a question in an aside; else the condition began further up
                target.append("?")
            case "aside":
                asides += 1
            case "line":
                target.append("\n")
    return "\n".join(
        " ".join(line.split()) for line in ("".join(kept) + paragraph[position:]).split("\n")
    ).strip("\n")


def _excludes(facts: Facts, condition: str) -> bool:
    """Return whether a condition excludes what was kept; otherwise it is kept from now on."""
    if facts.judge(condition.strip()) is False:
        return True
    facts.add(condition.strip())
    return False
