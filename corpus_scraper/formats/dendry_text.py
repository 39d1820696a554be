"""Turn the marked text of Dendry into prose: conditions, values, emphasis, asides, line breaks.

Nothing is computed: what depends on a condition is kept, and a value becomes a plausible text.
"""

import re

from corpus_scraper.formats.placeholders import placeholder_for

_MARK = re.compile(
    r"\\(?P<escaped>.)"
    r"|\[\?(?:[ \t]*if\b[^:\n\]]{0,300}:)?(?P<condition>)"
    r"|\[\+(?P<value>[^\[\]\n]{0,200}?)\+\]"
    r"|(?P<end>[ \t]?\?\](?=[.,;:!?])|\?\])"
    r"|(?P<line> ?//(?:[ \t]|$))"
    r"|!\[[^\[\]\n]{0,300}\]\([^()\n]{0,500}\)|\]\((?:https?:|mailto:)[^()\s]{0,500}\)"
    r"|(?P<aside>\[)|\*+|\]"
)
"""The last ones are never shown: emphasis, which ends with its paragraph, and asides."""

_NAME = re.compile(r"[A-Za-z_][\w-]*")


def plain_text(paragraph: str) -> str:
    """Return a paragraph or a title as a player reads it."""
    if not re.search(r"[\\*\[\]]|//", paragraph):
        return paragraph
    kept: list[str] = []
    position = open_conditions = asides = 0
    for mark in _MARK.finditer(paragraph):
        kept.append(paragraph[position : mark.start()])
        position = mark.end()
        match mark.lastgroup:
            case "escaped":
                kept.append(mark["escaped"])
            case "condition":
                open_conditions += 1
            case "value":
                name = _NAME.search(mark["value"])
                kept.append(placeholder_for(name[0] if name else ""))
            case "end" if open_conditions:
                open_conditions -= 1
            case "end" if asides:  # a question in an aside; else the condition began further up
                kept.append("?")
            case "aside":
                asides += 1
            case "line":
                kept.append("\n")
    return "\n".join(
        " ".join(line.split()) for line in ("".join(kept) + paragraph[position:]).split("\n")
    ).strip("\n")
