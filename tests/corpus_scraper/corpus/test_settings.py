import re
from dataclasses import fields

import pytest

from corpus_scraper.corpus.settings import BuildSettings
from dungeon.errors import InputRefused
from tests.rows import every_row


@every_row(
    ("field", "bad"),
    [
        ("context", -1),
        ("context", 100_001),
        ("action_window", -1),
        ("action_window", 49),
        ("action_window", 100_001),
        ("branching_weight", 0),
        ("branching_weight", 5),
        ("min_words", -1),
        ("dedup_threshold", 0.29),
        ("dedup_threshold", 1.1),
        ("max_work_share", 0),
        ("max_work_share", 1.1),
        ("holdout_fraction", -0.1),
        ("holdout_fraction", 0.5),
    ],
)
def test_a_setting_out_of_bounds_is_refused_by_its_options_name(field: str, bad: float) -> None:
    option = re.escape(f"--{field.replace('_', '-')} ")
    with pytest.raises(InputRefused, match=option):
        BuildSettings(**{field: bad})  # type: ignore[arg-type]


def test_every_setting_has_a_default() -> None:
    assert all(field.default is not field.default_factory for field in fields(BuildSettings))
    assert BuildSettings().licence == "permissive"
