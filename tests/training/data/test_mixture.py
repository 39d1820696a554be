import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dungeon.errors import InputRefused
from tests.rows import every_row
from training.data.mixture import DocumentNames, NameCollector, mix, parse_weights


def names(*documents: str) -> DocumentNames:
    """Return the names of documents, given as `source/work`."""
    collector = NameCollector()
    for document in documents:
        source, _, work = document.partition("/")
        collector.add(source, work)
    return collector.names()


SIX = names("tales/a", "tales/b", "novels/c", "novels/c", "novels/d", "tales/a")
TOKENS = np.asarray([10, 20, 30, 40, 50, 60])


def test_whole_documents_are_repeated_and_left_out() -> None:
    mixture = mix(SIX, TOKENS, {"tales": 2, "novels": 0.5})
    assert mixture.copies.tolist() == [2, 2, 0, 1, 0, 2]
    assert [group.describe() for group in mixture.groups] == [
        "  mix tales × 2: 3 → 6 documents, 90 → 180 tokens per epoch",
        "  mix novels × 0.5: 3 → 1 documents, 120 → 40 tokens per epoch",
    ]


def test_the_weight_of_a_work_counts_before_that_of_its_source() -> None:
    mixture = mix(SIX, TOKENS, {"c": 3, "novels": 0})
    assert mixture.copies.tolist() == [1, 1, 3, 3, 0, 1]
    assert [(group.name, group.mixed_tokens) for group in mixture.groups] == [
        ("c", 210),
        ("novels", 0),
        (None, 90),
    ]


@given(st.integers(1, 200), st.floats(0.05, 20))
def test_the_number_of_documents_is_the_weight_times_as_many(count: int, weight: float) -> None:
    several = names(*(f"tales/{n}" for n in range(count)), "novels/a")
    copies = mix(several, np.ones(count + 1), {"tales": weight}).copies[:-1]
    assert abs(copies.sum() - weight * count) < 1
    assert copies.max() - copies.min() <= 1


def test_an_unknown_name_is_refused_with_the_closest_one() -> None:
    with pytest.raises(
        InputRefused, match=r"no work or source “tale”\. Did you mean `tales`\? The sources"
    ):
        mix(SIX, TOKENS, {"tale": 2})
    with pytest.raises(InputRefused, match="The sources are: tales, novels"):
        mix(SIX, TOKENS, {"xyz!": 2})


def test_a_mixture_of_nothing_is_refused() -> None:
    with pytest.raises(InputRefused, match="no document is left"):
        mix(SIX, TOKENS, {"tales": 0, "novels": 0})


def test_weights_are_parsed() -> None:
    assert parse_weights(["tales=2", "a=b=0.5"]) == {"tales": 2.0, "a=b": 0.5}


@every_row("value", ["tales", "=2", "tales=", "tales=-1", "tales=nan", "tales=1e9"])
def test_what_is_no_weight_is_refused(value: str) -> None:
    with pytest.raises(InputRefused, match="is no weight"):
        parse_weights([value])


def test_a_name_has_one_weight() -> None:
    with pytest.raises(InputRefused, match="two weights"):
        parse_weights(["tales=2", "tales=3"])
