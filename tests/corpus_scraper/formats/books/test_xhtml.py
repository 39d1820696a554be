import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus_scraper.formats.books.xhtml import parse_page
from corpus_scraper.formats.html_tokens import End, Tag, tokens
from corpus_scraper.formats.markup import strip_doubled_marks, strip_markdown, strip_tags
from tests.patience import not_endless
from tests.rows import every_row


def test_tags_and_texts_one_after_another() -> None:
    found = list(tokens('<!DOCTYPE html><!-- <p> --><p CLASS="a&amp;b">x &lt; y<br/></P>'))
    assert [each for each in found if not isinstance(each, Tag)] == ["x < y", End("p")]
    first, second = (each for each in found if isinstance(each, Tag))
    assert (first.name, first.attributes(), first.closed) == ("p", {"class": "a&b"}, False)
    assert (second.name, second.closed) == ("br", True)


def test_entities_that_a_document_defines_are_not_expanded() -> None:
    text = '<!DOCTYPE x [<!ENTITY a "boom"><!ENTITY b "&a;&a;">]><p>&b; ok</p>'
    assert [each for each in tokens(text) if isinstance(each, str)] == ["&b; ok"]


def test_a_page_is_sections_of_paragraphs() -> None:
    read = parse_page(
        '<html lang="de"><head><title>no</title></head><body epub:type="bodymatter chapter">'
        "<h2>One</h2><h3>On</h3><p>A <i>b</i><sup><a epub:type='noteref'>1</a></sup>.</p>"
        "<p>Line<br/>two.</p><table><tr><td>x</td></tr></table><svg><text>no</text></svg>"
        "<h2>Two</h2><div>C.<p>D.</p>E.</div><aside>no</aside></body></html>"
    )
    assert [(each.title, each.paragraphs) for each in read.prose()] == [
        ("One: On", ["A b.", "Line\ntwo.", "x"]),
        ("Two", ["C.", "D.", "E."]),
    ]
    assert (read.language, read.kinds) == ("de", {"bodymatter", "chapter"})


@every_row(
    ("written", "wanted"),
    [
        ("*a* **b** _c_ __d__ `e`", "a b c d e"),
        ("2 * 3 * 4 and snake_case_name", "2 * 3 * 4 and snake_case_name"),
        ("# Head\n- item\n---\n![x](y.png)[z](https://example.org)", "Head\nitem\n\nz"),
    ],
)
def test_marks_of_emphasis(written: str, wanted: str) -> None:
    assert strip_markdown(written) == wanted


def test_doubled_marks_and_tags() -> None:
    assert strip_doubled_marks("a ''b'' //c// https://x.y //", "''", "//") == "a b c https://x.y //"
    assert strip_tags("a<br>b<p>c</p>d &amp; 1 < 2 > 0") == "a\nb\n\nc\n\nd & 1 < 2 > 0"


@pytest.mark.parametrize(
    "piece",
    ["<", "<a ", "<!--", "<script>", "<!DOCTYPE [", "*", "*a ", "[a](", "''a", "<a='"],
)
def test_hostile_markup_takes_no_time(piece: str) -> None:
    text = piece * 100_000
    with not_endless():
        parse_page(text)
        strip_doubled_marks(strip_markdown(text), "''")


@given(st.text(alphabet="<>/ab\"'=!-[]?&;#*_`\n ", max_size=80))
def test_any_text_is_a_page(text: str) -> None:
    parse_page(text)
    strip_tags(strip_markdown(text))
