"""The text of a page: as a browser shows it, and clean."""

import pytest
from hypothesis import given

from corpus_scraper.sites.html import (
    MAX_TAGS,
    decode_page,
    extract_line,
    extract_text,
    parse_html,
    resolve_link,
)
from corpus_scraper.web.errors import PageRefused
from dungeon.text import clean
from tests.corpus_scraper.sites.any_page import CHARSETS, any_page
from tests.corpus_scraper.sites.saved_pages import made
from tests.rows import every_row

URL = "https://a.example/story/1"


def text_of(markup: str) -> str:
    return extract_text(parse_html(made(f"<body>{markup}".encode(), URL)).body)


@every_row(
    ("markup", "text"),
    [
        ("One\n  line.", "One line."),
        ("<p>One.<p>Two.", "One.\n\nTwo."),
        ("One.<br>Two.<br/><br/>Three.", "One.\nTwo.\n\nThree."),
        ("a<b>b</b>c <i>d</i>", "abc d"),
        ("<div><div>One.</div></div>Two.", "One.\n\nTwo."),
        ("a<script>b</script><style>c</style><!-- d -->e", "ae"),
        ("&lt;b&gt; &amp; caf&eacute;", "<b> & café"),
        ("&gt; a mark", "a mark"),
        ("a\x1b[2Jb\u202ec\u200bd", "a[2Jbcd"),
        ("<ul><li>One<li>Two</ul>", "One\n\nTwo"),
        ("&nbsp;<p>&nbsp;</p>a&nbsp;b", "a b"),
    ],
)
def test_text_is_what_a_browser_shows(markup: str, text: str) -> None:
    assert text_of(markup) == text


def test_deep_nesting_is_parsed() -> None:
    assert "the bottom" in text_of("<div>" * 200 + "the bottom")
    text_of("<b>" * 20_000 + "deeper than a parser goes")


def test_a_page_with_too_many_tags_is_refused() -> None:
    with pytest.raises(PageRefused, match="more tags"):
        text_of("<b>" * (MAX_TAGS + 1))


@every_row(
    ("body", "charset", "text"),
    [
        ("é".encode(), "", "é"),
        ("é".encode("latin-1"), "ISO-8859-1", "é"),
        ("é".encode("cp1252"), "", "é"),
        ("é“".encode("cp1252"), "utf-8", "é“"),
        (b"\xef\xbb\xbf\xc3\xa9", "latin-1", "é"),
        ("\ufeffé".encode("utf-16-le"), "", "é"),
        ('<meta charset="koi8-r">Ж'.encode("koi8-r"), "", "Ж"),
        ("é".encode(), "rot13", "é"),
        ("é".encode(), "unicode_escape", "é"),
        ("é".encode(), "no such charset", "é"),
    ],
)
def test_a_page_is_decoded_as_declared(body: bytes, charset: str, text: str) -> None:
    assert decode_page(made(body, URL, charset)).endswith(text)


@given(any_page(), CHARSETS)
def test_any_page_gives_clean_text(body: bytes, charset: str) -> None:
    text = extract_text(parse_html(made(body, URL, charset)))
    assert text == clean(text)
    assert text == text.strip()
    assert "\n\n\n" not in text
    text.encode()


def test_a_line_has_no_breaks() -> None:
    assert extract_line(parse_html(made(b"<p>a<br>b<p>c", URL)).body) == "a b c"
    assert extract_line(None) == ""


@every_row(
    ("reference", "address"),
    [
        ("2", "https://a.example/story/2"),
        (" /b?c#d ", "https://a.example/b?c"),
        ("//b.example", "https://b.example/"),
        ("javascript:alert(1)", ""),
        ("mailto:a@b.example", ""),
        ("file:///etc/passwd", ""),
        ("http://[", ""),
        ("", "https://a.example/story/1"),
    ],
)
def test_a_link_is_a_url_that_may_be_fetched(reference: str, address: str) -> None:
    assert resolve_link(made(b"", URL), reference) == address
