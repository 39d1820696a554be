"""The prose of a page: as a browser shows it, and clean."""

import pytest
from hypothesis import given

from corpus_scraper.sites.html import MOST_TAGS, line, prose, target, text_of, tree
from corpus_scraper.web.errors import PageRefused
from dungeon.text import clean
from tests.corpus_scraper.sites.any_page import CHARSETS, any_page
from tests.corpus_scraper.sites.saved_pages import made

URL = "https://a.example/story/1"


def told(markup: str) -> str:
    return prose(tree(made(f"<body>{markup}".encode(), URL)).body)


@pytest.mark.parametrize(
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
def test_prose_is_what_a_reader_sees(markup: str, text: str) -> None:
    assert told(markup) == text


def test_what_is_nested_deeply_is_read() -> None:
    assert "the bottom" in told("<div>" * 200 + "the bottom")
    told("<b>" * 20_000 + "deeper than a parser goes")


def test_a_page_that_would_keep_the_parser_busy_is_refused() -> None:
    with pytest.raises(PageRefused, match="more tags"):
        told("<b>" * (MOST_TAGS + 1))


@pytest.mark.parametrize(
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
def test_a_page_is_decoded_as_it_says(body: bytes, charset: str, text: str) -> None:
    assert text_of(made(body, URL, charset)).endswith(text)


@given(any_page(), CHARSETS)
def test_any_page_gives_clean_prose(body: bytes, charset: str) -> None:
    text = prose(tree(made(body, URL, charset)))
    assert text == clean(text)
    assert text == text.strip()
    assert "\n\n\n" not in text
    text.encode()


def test_a_line_is_one_line() -> None:
    assert line(tree(made(b"<p>a<br>b<p>c", URL)).body) == "a b c"
    assert line(None) == ""


@pytest.mark.parametrize(
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
def test_a_reference_is_an_address_that_may_be_fetched(reference: str, address: str) -> None:
    assert target(made(b"", URL), reference) == address
