"""Write an adventure as one HTML file that reads like a book and holds no scripts."""

from html import escape

from dungeon.story import Adventure
from dungeon.transfer.book_page import STYLE, paragraphs
from dungeon.transfer.formats import Format

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
{style}@media (prefers-color-scheme: dark) {{ body {{ background: #191816; color: #d8d4cb; }} }}
</style>
</head>
<body>
<h1>{title}</h1>
{paragraphs}
</body>
</html>
"""


def write(adventure: Adventure) -> str:
    """Return the story from its opening to the head as an HTML document."""
    title, text = escape(adventure.title), paragraphs(adventure)
    return _PAGE.format(title=title, style=STYLE, paragraphs=text)


FORMAT = Format(
    "html",
    "a web page",
    write=lambda adventure: write(adventure).encode(),
    summary="one web page that reads like a book",
    extension="html",
)
