"""Tests that a model card states what is known, in front matter that the hub's library reads."""

from dataclasses import replace

from huggingface_hub import ModelCard

from tests.rows import every_row
from training.models.licences import combine, hub_identifier
from training.models.model_card import render_card
from training.models.record import BaseModelInfo, CorpusInfo, ModelRecord

GPT2 = BaseModelInfo("gpt2", "ab" * 32, "MIT", "openai-community/gpt2")
RECORD = ModelRecord(
    "mine", "lora", GPT2, CorpusInfo("tales", "cd" * 32, {"CC0-1.0": 7}), 96, {"epochs": 4}
)


def card(
    base: BaseModelInfo = GPT2, licences: dict[str, int] | None = None, **changes
) -> ModelCard:
    corpus = replace(RECORD.corpus, licences={"CC0-1.0": 7} if licences is None else licences)
    return ModelCard(render_card(replace(RECORD, base=base, corpus=corpus, **changes)))


@every_row(
    ("base", "data", "expected"),
    [
        ("MIT", ["MIT"], "MIT"),
        ("Apache-2.0", ["CC0-1.0", "LicenseRef-public-domain"], "Apache-2.0"),
        ("CC0-1.0", ["Unlicense"], "other"),
        ("CC0-1.0", ["CC0-1.0"], "CC0-1.0"),
        ("MIT", ["mit "], "MIT"),
        ("MIT", ["CC-BY-4.0"], "other"),
        ("MIT", ["unknown", "MIT"], "other"),
        ("unknown", ["MIT"], "other"),
        ("MIT", [""], "other"),
        ("other", ["CC0-1.0"], "other"),
        ("GPL-3.0-or-later", ["CC0-1.0"], "GPL-3.0-or-later"),
    ],
)
def test_licences_are_combined_and_never_guessed(base: str, data: list[str], expected: str) -> None:
    assert combine([base, *data]).lower() == expected.lower()


def test_the_hub_has_identifiers_of_its_own() -> None:
    assert hub_identifier("GPL-3.0-or-later") == "gpl-3.0"
    assert hub_identifier("CC-BY-SA-4.0") == "cc-by-sa-4.0"
    assert hub_identifier("CC-BY-SA-2.5") == hub_identifier("LicenseRef-mine") == "other"


def test_one_licence_is_stated_as_it_is() -> None:
    found = card(licences={"MIT": 3, "CC0-1.0": 7})
    assert found.data.license == "mit"
    assert found.data.base_model == "openai-community/gpt2"
    assert found.data.to_dict()["base_model_relation"] == "adapter"
    assert found.data.library_name == "peft"
    assert "Licence: MIT." in found.text


@every_row(
    ("licences", "name"),
    [
        ({"MIT": 3, "CC-BY-4.0": 7}, "mixed"),
        ({"MIT": 3, "unknown": 1}, "unknown"),
        ({"unknown": 12}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_mixed_or_unknown_licences_are_listed(licences: dict[str, int], name: str) -> None:
    found = card(licences=licences)
    assert (found.data.license, found.data.license_name) == ("other", name)
    assert "the base, openai-community/gpt2: MIT" in found.text
    for licence, count in licences.items():
        assert f"- {count} training documents: {licence}" in found.text
    assert ("may forbid" in found.text) == (name == "unknown")


def test_a_licence_without_an_identifier_is_named() -> None:
    found = card(base=replace(GPT2, licence="Artistic-1.0"), licences={"Artistic-1.0": 3})
    assert (found.data.license, found.data.license_name) == ("other", "artistic-1.0")


def test_random_weights_have_no_base_model() -> None:
    shape = BaseModelInfo("gpt2-tiny")
    found = card(base=shape, method="scratch", licences={"CC0-1.0": 7})
    assert found.data.license == "cc0-1.0"
    assert found.data.base_model is None
    assert "of the shape gpt2-tiny" in found.text
    mixed = card(base=shape, method="scratch", licences={"MIT": 1, "ISC": 2})
    assert mixed.data.license_name == "mixed"
    assert "the base" not in mixed.text
    assert "may forbid" not in mixed.text


def test_a_base_on_this_machine_is_named_without_its_folders() -> None:
    found = card(base=BaseModelInfo("/somebody/models/house-style", "ab" * 32, "MIT"))
    assert found.data.base_model is None
    assert "on house-style" in found.text
    assert "somebody" not in found.content


@every_row(("after", "verdict"), [(1.9, "worse than"), (1.8, "no better than")])
def test_a_training_that_did_not_help_says_so(after: float, verdict: str) -> None:
    worse = card(metrics={"bits_per_byte_before": 1.8, "bits_per_byte": after})
    assert (
        f"**{verdict} before** the training: 1.8000 bits per byte became {after:.4f}" in worse.text
    )
    better = card(metrics={"bits_per_byte_before": 1.8, "bits_per_byte": 1.7})
    assert "before** the training" not in better.text


def test_text_from_outside_cannot_break_the_front_matter() -> None:
    name = 'x"\n---\nlicense: mit\n---\n'
    found = card(base=replace(GPT2, licence=name), licences={name: 2}, name="a\U0001f600")
    assert found.data.license == "other"
    assert found.data.to_dict().keys() == card(licences={"MIT": 1, "ISC": 1}).data.to_dict().keys()
