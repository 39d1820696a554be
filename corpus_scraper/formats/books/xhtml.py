"""Parse a page of a book into sections and paragraphs.

A heading starts a section and is its title; notes, pictures and tables of contents are left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from corpus_scraper.formats.html_tokens import End, Tag, tokens

_BLOCKS = frozenset(
    """
    p div li dd dt td th blockquote section article header tr table body pre figure ul ol
    """.split()
)
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_LEFT_OUT = frozenset("head hgroup header nav aside figure svg math rt rp select footer".split())
_NOTES = frozenset("noteref endnote footnote endnotes footnotes rearnote annoref".split())


@dataclass(slots=True)
class Section:
    """Prose under one heading."""

    title: str = ""
    paragraphs: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The paragraphs, with blank lines between them."""
        return "\n\n".join(self.paragraphs)


@dataclass(slots=True)
class BookPage:
    """One file of a book."""

    language: str = ""
    author: str = ""
    """As a title page names them."""
    kinds: set[str] = field(default_factory=set)
    """Values of `epub:type` on the page, its sections and articles."""
    sections: list[Section] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The first heading."""
        return next((each.title for each in self.sections if each.title), "")

    @property
    def text(self) -> str:
        """All its text."""
        return "\n\n".join(section.text for section in self.sections if section.paragraphs)

    def prose(self) -> list[Section]:
        """Return the sections that have text."""
        return [section for section in self.sections if section.paragraphs]


def parse_page(text: str) -> BookPage:
    """Parse the HTML or XHTML of a page."""
    reader = _Reader()
    for token in tokens(text):
        match token:
            case Tag():
                reader.begin(token)
            case End():
                reader.end(token.name)
            case str():
                reader.add_text(token)
    reader.close_paragraph()
    return reader.page


class _Reader:
    """The state of the parser within a page."""

    def __init__(self) -> None:
        self.page = BookPage(sections=[Section()])
        self._pieces: list[str] = []
        self._hidden: list[str] = []
        """Open tags with the name of the tag that started a part to be left out."""
        self._heading: list[str] | None = None
        self._author: list[str] | None = None

    def begin(self, tag: Tag) -> None:
        """Enter a tag."""
        if tag.name == "br":
            self.add_text("\n")
        kinds = self._kinds(tag) if "=" in tag.written else frozenset()
        if self._hidden:
            # A header holds the heading that names the section; the rest of it stays out.
            if tag.name == self._hidden[0] and not tag.closed:
                self._hidden.append(tag.name)
        elif (tag.name in _LEFT_OUT or kinds & _NOTES) and not tag.closed:
            self.close_paragraph() if tag.name in _BLOCKS else None
            self._hidden.append(tag.name)
        elif tag.name in _BLOCKS:
            self.close_paragraph()
        if tag.name in _HEADINGS and not tag.closed:
            self.close_paragraph()
            self._heading = []
        elif "z3998:author" in kinds or "z3998:personal-name" in kinds:
            self._author = []

    def _kinds(self, tag: Tag) -> frozenset[str]:
        attributes = tag.attributes()
        kinds = frozenset(attributes.get("epub:type", "").split())
        if tag.name in {"body", "section", "article"}:
            self.page.kinds |= kinds
        if tag.name in {"html", "body"}:
            self.page.language = (
                attributes.get("xml:lang") or attributes.get("lang") or self.page.language
            )
        return kinds | ({"noteref"} if "pg-boilerplate" in attributes.get("class", "") else set())

    def end(self, name: str) -> None:
        """Leave a tag."""
        if name in _HEADINGS and self._heading is not None:
            title = " ".join("".join(self._heading).split())
            self._heading = None
            self._open_section(title)
        if name in {"b", "a", "span"} and self._author is not None:
            self.page.author = self.page.author or " ".join("".join(self._author).split())
            self._author = None
        if self._hidden:
            if name == self._hidden[0]:
                self._hidden.pop()
        elif name in _BLOCKS:
            self.close_paragraph()

    def _open_section(self, title: str) -> None:
        last = self.page.sections[-1]
        if last.paragraphs:
            self.page.sections.append(Section(title))
        else:
            last.title = f"{last.title}: {title}" if last.title and title else last.title or title

    def add_text(self, text: str) -> None:
        """Add text where it belongs."""
        if self._author is not None:
            self._author.append(text)
        if self._heading is not None:
            self._heading.append(text)
        elif not self._hidden:
            self._pieces.append(text)

    def close_paragraph(self) -> None:
        """End the current paragraph, if there is one."""
        if not self._pieces:
            return
        lines = (" ".join(line.split()) for line in _lines(self._pieces))
        paragraph = "\n".join(line for line in lines if line)
        self._pieces.clear()
        if paragraph:
            self.page.sections[-1].paragraphs.append(paragraph)


def _lines(pieces: list[str]) -> Iterator[str]:
    """Yield the lines of a paragraph; only a `<br>` ends one, which is added as a lone `\\n`."""
    line: list[str] = []
    for piece in pieces:
        if piece == "\n":
            yield "".join(line)
            line.clear()
        else:
            line.append(piece)
    yield "".join(line)
