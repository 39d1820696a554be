from corpus_scraper.corpus.samples import MAX_SHOWN, SampledDocument, sample_text
from corpus_scraper.corpus.splits import Split


def shown(*spans: tuple[str, bool], work: str = "tale") -> str:
    record = {
        "work": work,
        "licence": "MIT",
        "spans": [{"text": text, "train": train} for text, train in spans],
    }
    return sample_text([SampledDocument(Split.TRAIN, 7, record)], 40)


def test_context_is_marked_and_lines_are_wrapped() -> None:
    text = shown(
        ("A hall. It is long and cold, and nobody has swept it.", False),
        ("\n\n> You sweep it.\n\nDust rises.", True),
    )
    assert text.split("\n")[3:] == [
        "── train 7: tale, MIT",
        "",
        "| A hall. It is long and cold, and",
        "| nobody has swept it.",
        "|",
        "> You sweep it.",
        "",
        "Dust rises.",
    ]


def test_a_long_document_is_cut_and_says_by_how_much() -> None:
    text = shown(("a b " * 1_000, True))
    assert text.endswith(f"… {4_000 - MAX_SHOWN:,} more characters; --json has all of them.")


def test_what_a_document_holds_cannot_control_the_terminal() -> None:
    text = shown(("A \x1b[2Jhall.", True), work="tale\x1b[2J\nsecond")
    assert "\x1b" not in text
    assert text.split("\n")[3].startswith("── train 7: tale")
