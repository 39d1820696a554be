"""The labels of the state benchmark fit the stories, and the rules are as good as the docs say."""

from benchmarks import state_deaths
from benchmarks.state_rules import load_labels, measure


def test_the_figures_of_the_docs_hold():
    labels = load_labels()
    assert len(labels) >= 150
    figures = measure(labels).figures()
    assert figures["precision"] >= 0.95
    assert figures["recall"] >= 0.49


def test_those_of_deaths_hold():
    figures = state_deaths.measure().figures()
    assert figures["precision"] >= 0.95
    assert figures["recall"] >= 0.9
