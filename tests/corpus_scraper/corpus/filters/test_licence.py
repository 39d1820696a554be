from dataclasses import replace
from typing import get_args

from corpus_scraper.corpus.filters import BlockLog
from corpus_scraper.corpus.filters.licence import LicenceFilter
from corpus_scraper.corpus.settings import Licences
from tests.corpus_scraper.graphs import graph
from tests.rows import every_row

WORKS = ["MIT", "CC0-1.0", "CC-BY-SA-4.0", "GPL-3.0-or-later", "CC-BY-NC-4.0", "unknown"]


@every_row(("asked", "let_in"), zip(get_args(Licences), [2, 3, 4, 6], strict=True))
def test_each_class_lets_in_those_before_it(asked: Licences, let_in: int) -> None:
    log = BlockLog()
    kept = [
        work
        for work in WORKS
        if LicenceFilter(asked)(replace(graph({"a": "A hall."}), licence=work), log)
    ]
    assert kept == WORKS[:let_in]
    assert len(log.excluded) == len(WORKS) - let_in


def test_unknown_is_left_out_unless_all_is_asked_for() -> None:
    log = BlockLog()
    assert LicenceFilter("copyleft")(graph({"a": "A hall."}), log) is None
    assert log.count("licence").counts == {"its licence is unknown": 1}
