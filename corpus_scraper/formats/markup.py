"""Remove HTML tags and lightweight markup from prose.

Every search is linear: a mark that is opened and never closed costs one scan of the rest.
"""

import html
import re

from corpus_scraper.formats.html_tags import tag_spans

_NAME = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)")
_BREAKS = frozenset({"br", "hr"})
_CELLS = frozenset({"td", "th"})
_BLOCKS = frozenset(
    """
    p div li ul ol h1 h2 h3 h4 h5 h6 blockquote table tr section article header footer center
    aside details dl dt dd fieldset figcaption figure form main nav pre summary
    """.split()
)
_HIDDEN = ("script", "style", "svg", "audio", "video", "canvas", "iframe", "noscript", "select")


def remove_between(text: str, opening: str, closing: str) -> str:
    """Return `text` without anything from `opening` to the next `closing`.

    Text after an opening without closing stays. The search is case-sensitive.
    """
    kept: list[str] = []
    position = 0
    while (begin := text.find(opening, position)) >= 0:
        end = text.find(closing, begin + len(opening))
        if end < 0:
            break
        kept.append(text[position:begin])
        position = end + len(closing)
    return "".join(kept) + text[position:]


def strip_hidden(text: str) -> str:
    """Return `text` without comments, scripts, styles, pictures and media players."""
    text = remove_between(text, "<!--", "-->")
    if "<" not in text:
        return text
    for tag in _HIDDEN:
        for name in (tag, tag.upper()):
            if f"</{name}" in text:
                text = remove_between(text, f"<{name}", f"</{name}>")
    return text


def strip_tags(text: str) -> str:
    """Return `text` without HTML tags, with line breaks for blocks and with entities unescaped."""
    if "<" in text:
        kept: list[str] = []
        position = 0
        for start, end in tag_spans(text):
            kept += text[position:start], _break_for(text, start)
            position = end
        text = "".join(kept) + text[position:]
    return html.unescape(text) if "&" in text else text


def _break_for(text: str, start: int) -> str:
    """Return the line breaks that the tag at `start` makes."""
    named = _NAME.match(text, start)
    name = named[1].lower() if named else ""
    if name in _CELLS:
        return " "
    return "\n" if name in _BREAKS else "\n\n" if name in _BLOCKS else ""


_EMPHASIS = re.compile(r"(?<![\w*])\*{1,3}(?=\S)([^*\n]{1,500}?)(?<=\S)\*{1,3}(?![\w*])")
_UNDERLINE = re.compile(r"(?<!\w)_{1,3}(?=[^\s_])([^_\n]{1,500}?)(?<=[^\s_])_{1,3}(?!\w)")
_UNPAIRED = re.compile(r"(?<![\w*])\*\*(?=[\w\"'“‘])|(?<=[\w.,;:!?…\"'”’])\*\*(?![\w*])")
"""What is left of emphasis over several lines, of which each is stripped by itself."""

_CODE = re.compile(r"`{1,3}([^`\n]{1,500})`{1,3}")
_HEADING = re.compile(r"^[ \t]*#{1,6}[ \t]*(?=\S)", re.MULTILINE)
_BULLET = re.compile(r"^[ \t]*(?:\*{1,2}|[+-]|\d{1,2}\.)[ \t]+", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*(?:[-=*_][ \t]*){3,}$", re.MULTILINE)
_FENCE = re.compile(r"^[ \t]*(?:`{3,}|~{3,})[ \t]*[\w-]{0,30}[ \t]*$", re.MULTILINE)
_PICTURE = re.compile(r"!\[[^\[\]\n]{0,500}\]\([^()\n]*+\)")
_ADDRESS = re.compile(r"\[([^\]\[\n]{1,500})\]\((?:https?:|mailto:)[^()\n]*+\)")
_MARKS = re.compile(r"[*_`~#\[=+-]|\d\.")
"""Without one of these there is nothing to remove."""


def strip_markdown(text: str) -> str:
    """Return `text` without the marks of Markdown."""
    if not _MARKS.search(text):
        return text
    text = _ADDRESS.sub(r"\1", _PICTURE.sub("", text))
    text = _BULLET.sub("", _HEADING.sub("", _RULE.sub("", _FENCE.sub("", text))))
    text = _CODE.sub(r"\1", text)
    return _UNPAIRED.sub("", _UNDERLINE.sub(r"\1", _EMPHASIS.sub(r"\1", text)))


def strip_escaped_marks(text: str) -> str:
    """Return `text`, which its author shows as it is, without marks of style and of links.

    A player sees them. A model would learn to write them.
    """
    text = text.replace("[[", "").replace("]]", "")
    return strip_doubled_marks(text, "''", "//", "__", "==", "~~", "^^")


def strip_doubled_marks(text: str, *marks: str) -> str:
    """Return `text` without pairs of marks such as `''` and `//` within a line.

    The `//` of a URL is not a mark.
    """
    for mark in marks:
        if mark in text:
            escaped = re.escape(mark)
            pair = rf"(?<!:){escaped}(?=\S)((?:(?!{escaped})[^\n]){{1,500}}){escaped}"
            text = re.sub(pair, r"\1", text)
    return text
