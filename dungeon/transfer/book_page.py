"""The story as paragraphs of HTML that are XML as well, for web pages and e-books."""

from html import escape

from dungeon.story import Adventure
from dungeon.transcript import SEPARATOR, ActionLine, normalise

STYLE = """\
body { max-width: 34em; margin: 3em auto; padding: 0 1em; font: 1.15em/1.6 Georgia, serif; }
h1 { text-align: center; font-weight: normal; margin: 1em 0 2em; }
p { margin: 0 0 0.8em; }
p.action { margin: 1.2em 0 1.2em 1.5em; font-style: italic; }
"""


def paragraphs(adventure: Adventure) -> str:
    """Return the paragraphs from the opening to the head, every text escaped."""
    lines = []
    for block in (block for turn in adventure.path() for block in turn.blocks()):
        if isinstance(block, ActionLine):
            lines.append(_paragraph(" ".join(block.text.split()), ' class="action"'))
        else:
            lines += [_paragraph(text) for text in normalise(block.text).split(SEPARATOR)]
    return "\n".join(filter(None, lines))


def _paragraph(text: str, attributes: str = "") -> str:
    broken = "<br/>".join(escape(line) for line in text.split("\n"))
    return f"<p{attributes}>{broken}</p>" if text.strip() else ""
