"""Random pages, made of the parts that a site looks for."""

import hypothesis.strategies as st


def any_page(*parts: str) -> st.SearchStrategy[bytes]:
    """Return pages of `parts`, of tags in any order, of text and of any bytes."""
    pieces = [*parts, "<div>", "</div>", "<ul><li>", "</ul>", "<p>", "<br>", "<!--", "-->", "<h1>"]
    words = st.sampled_from(pieces) | st.text(max_size=12)
    made = st.lists(words, max_size=25).map("".join)
    return made.map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary(max_size=200)


CHARSETS = st.sampled_from(["", "utf-8", "latin-1", "utf-16", "no-such", "rot13", "hex", "idna"])
