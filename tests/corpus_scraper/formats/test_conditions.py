"""Conditions of every script language are compared with one another."""

from corpus_scraper.formats.conditions import parse
from corpus_scraper.formats.facts import Facts
from tests.rows import every_row


def judge(fact: str, condition: str) -> bool | None:
    facts = Facts()
    facts.add(fact)
    return facts.judge(condition)


@every_row(
    ("fact", "condition"),
    [
        ("$x is 1", "$x is 2"),
        ("$x is 1", "$x is not 1"),
        ("$x is 1", "not ($x is 1)"),
        ("$x is 1", "$x > 1"),
        ('$x is "red"', "$x is 'blue'"),
        ("$x", "not $x"),
        ("$x is true", "$x is false"),
        ("$x", "$x is not true"),
        ("$x eq 1", "$x neq 1"),
        ("$x gte 3", "$x lt 3"),
        ("$x > 3", "2 >= $x"),
        ("x == 1", "x != 1"),
        ("x === 'a'", 'x === "b"'),
        ("(x = 1) and (y)", "not(y)"),
        ("x && y", "!y"),
        ("not (a or b)", "b"),
        ("$x is 1 or 2", "$x is 3"),
        ("x = 1 or x = 2", "x = 3"),
        ('visited("Hall")', 'not visited("Hall")'),
        ('(history:) contains "Hall"', 'not ((history:) contains "Hall")'),
        ("$x is $y", "$x is not $y"),
        ("$x's age is 3", "$x's age is 4"),
        ("def $x", "ndef $x"),
        ("x is 0", "x"),
    ],
)
def test_one_excludes_the_other(fact: str, condition: str) -> None:
    assert judge(fact, condition) is False
    assert judge(fact, f"not ({condition})") is True


@every_row(
    ("fact", "condition"),
    [
        ("$x is 1", "$y is 2"),
        ("$x is not 1", "$x is 2"),
        ("$x > 1", "$x is 2"),
        ("$x > 1", "$x < 5"),
        ("$x", "$x is 3"),
        ("a or b", "a"),
        ("not (a and b)", "a"),
        ("$x is in $y", "$x is in $z"),
        ('$x is "a"', "$x is $y"),
        ("otherwise", "otherwise"),
        ("(((", ")))"),
        ("", ""),
    ],
)
def test_both_may_hold(fact: str, condition: str) -> None:
    assert judge(fact, condition) is None


def test_a_change_of_a_variable_makes_it_unknown() -> None:
    facts = Facts()
    facts.add("$x is 1 and $y's age > 3 and (visits is 1 or $y)")
    facts.forget({"y"})
    assert facts.judge("$x is 2") is False
    assert facts.judge("$y's age > 2") is None


def test_what_holds_on_all_ways_is_kept() -> None:
    one, other = Facts(), Facts()
    one.add("$x and $y")
    other.add("$x")
    one.keep_common([other])
    assert one.judge("$x") is True
    assert one.judge("$y") is None


@every_row(
    "written", ["(" * 5_000, "not " * 2_000, "!" * 900, "a and " * 5_000, '"' * 900, "(" * 140]
)
def test_a_hostile_condition_is_opaque(written: str) -> None:
    assert parse(written)
    assert judge(written, "$x") is None
