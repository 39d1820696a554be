import pytest

from corpus_scraper.formats.html_tags import tag_spans
from corpus_scraper.formats.html_tokens import Tag, tokens
from corpus_scraper.formats.markup import strip_markdown, strip_tags
from tests.patience import not_endless
from tests.rows import every_row

PICTURE = "data:image/png;base64," + "QUJD" * 50_000


@every_row(
    ("written", "wanted"),
    [
        ('A <img src="PICTURE">cat.', "A cat."),
        ("A <IMG SRC = 'PICTURE' />cat.", "A cat."),
        ("A <img src=PICTURE>cat.", "A cat."),
        ("A <img src='data:image/svg+xml,<svg a=\"1\"><b/></svg>'>cat.", "A cat."),
        ('A <img alt="2 > 1 < 3">cat.', "A cat."),
        ('A <b title="no end>cat.', "A cat."),
        ("A <b it's>cat</b>'s.", "A cat's."),
        ('A <span class="<<print "x">>">cat</span>.', "A cat."),
        ("One<br>two<p class='x'>three", "One\ntwo\n\nthree"),
        ("I <3 you, a < b > c, and <b never ends.", "I <3 you, a < b > c, and <b never ends."),
    ],
)
def test_tags_are_removed_whatever_they_hold(written: str, wanted: str) -> None:
    assert strip_tags(written.replace("PICTURE", PICTURE)) == wanted


def test_a_long_tag_of_a_page_is_a_tag() -> None:
    (before, tag, after) = tokens(f'A <img alt="x > y" src="{PICTURE}"/> cat.')
    assert isinstance(tag, Tag)
    assert (before, tag.attributes()["alt"], after) == ("A ", "x > y", " cat.")


def test_a_long_picture_in_markdown_is_removed() -> None:
    assert strip_markdown(f"A ![cat]({PICTURE}) sits.") == "A  sits."


@pytest.mark.parametrize(
    "unit", ["<a", "<a <", '<a " ="', "<a =\"'", "<a <<b>>", '<a ="', "<a =''", "![](", "<<a "]
)
@pytest.mark.parametrize("end", ["", ">", '">"'])
def test_tags_made_to_be_searched_again_and_again_take_no_time(unit: str, end: str) -> None:
    text = unit * 100_000 + end
    with not_endless():
        assert len(list(tag_spans(text))) <= 100_001
        strip_markdown(strip_tags(text))
