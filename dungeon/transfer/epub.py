"""Write an adventure as an EPUB 3 e-book.

A writer of our own: a book of one chapter is four small files, and the known library for it has a
licence (AGPL) that Grue cannot take on. A test validates what an EPUB reader demands.
"""

import io
import zipfile
from datetime import UTC
from html import escape

from dungeon.story import Adventure
from dungeon.transfer.book_page import STYLE, paragraphs
from dungeon.transfer.formats import Format

_MIMETYPE = "application/epub+zip"
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'

_CONTAINER = f"""{_XML}\
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles>
<rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/>
</rootfiles>
</container>
"""

_PACKAGE = f"""{_XML}\
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="en">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:grue:{{id}}</dc:identifier>
<dc:title>{{title}}</dc:title>
<dc:language>en</dc:language>
<meta property="dcterms:modified">{{modified}}</meta>
</metadata>
<manifest>
<item id="nav" href="contents.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="story" href="story.xhtml" media-type="application/xhtml+xml"/>
<item id="style" href="style.css" media-type="text/css"/>
</manifest>
<spine>
<itemref idref="story"/>
</spine>
</package>
"""

_PAGE = f"""{_XML}\
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" \
xml:lang="en" lang="en">
<head>
<title>{{title}}</title>
<link rel="stylesheet" type="text/css" href="style.css"/>
</head>
<body>
{{body}}
</body>
</html>
"""

_CONTENTS = """\
<nav epub:type="toc">
<ol>
<li><a href="story.xhtml">{title}</a></li>
</ol>
</nav>"""


def write(adventure: Adventure) -> bytes:
    """Return the story from its opening to the head as an EPUB file, the same one each time."""
    title = escape(adventure.title) or "An adventure"
    modified = adventure.changed.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    story = f"<h1>{title}</h1>\n{paragraphs(adventure)}"
    files = {
        "META-INF/container.xml": _CONTAINER,
        "book/package.opf": _PACKAGE.format(id=adventure.id, title=title, modified=modified),
        "book/contents.xhtml": _PAGE.format(title=title, body=_CONTENTS.format(title=title)),
        "book/story.xhtml": _PAGE.format(title=title, body=story),
        "book/style.css": STYLE,
    }
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), _MIMETYPE)  # first, and not compressed
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return data.getvalue()


FORMAT = Format("epub", "an e-book", write=write, summary="an e-book (EPUB 3)", extension="epub")
