"""Split an HTML or XML page into tags and texts.

Every search is linear, entities that a document defines are never expanded, and there is no tree,
so that hostile pages do no harm.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from corpus_scraper.formats.html_tags import tag_spans
from corpus_scraper.formats.markup import remove_between, strip_hidden

_NAME = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:._-]{0,40}+)")
_ATTRIBUTE = re.compile(r"([a-zA-Z][\w:.-]{0,60}+)[ \t\n]{0,20}=[ \t\n]{0,20}(\"[^\"]*\"|'[^']*')")
_DECLARATION = re.compile(
    r"<!doctype\b[^<>\[\]]{0,1000}+(?:\[[^\[\]]{0,10000}+\][ \t\n]{0,20}+)?>", re.IGNORECASE
)
"""A document type, with the entities that it defines."""

EMPTY = frozenset("area base br col embed hr img input link meta param source track wbr".split())
"""HTML tags without an end tag."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A start tag."""

    name: str
    """In lower case."""
    written: str
    """Its attributes as written."""
    closed: bool = False
    """Whether it has no content: an empty element or `<tag/>`."""

    def attributes(self) -> dict[str, str]:
        """Return the attributes that have a value."""
        return {
            name.lower(): html.unescape(value[1:-1])
            for name, value in _ATTRIBUTE.findall(self.written)
        }


@dataclass(frozen=True, slots=True)
class End:
    """An end tag."""

    name: str


Token = Tag | End | str


def tokens(page: str) -> Iterator[Token]:
    """Yield the tags and the texts between them, without comments, scripts and declarations."""
    page = _DECLARATION.sub("", remove_between(strip_hidden(page), "<?", "?>"))
    position = 0
    for start, end in tag_spans(page):
        if start > position:
            yield html.unescape(page[position:start])
        position = end
        named = _NAME.match(page, start)
        if named is None:
            continue
        name, written = named[2].lower(), page[named.end() : end - 1]
        if named[1]:
            yield End(name)
        else:
            yield Tag(name, written, name in EMPTY or written.endswith("/"))
    if position < len(page):
        yield html.unescape(page[position:])
