import json
from pathlib import Path

import pytest

from corpus_scraper import licences
from tests.corpus_scraper.formats.playing import CORPUS, WHY_SKIPPED
from tests.rows import every_row

MIT = """MIT License

Copyright (c) 2020 A. N. Other

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
"""
BSD = "Redistribution and use in source and binary forms, with or without\nmodification, are"


@every_row(
    ("text", "wanted"),
    [
        (MIT, "MIT"),
        (BSD, "BSD-2-Clause"),
        (f"{BSD} permitted. Neither the name of the author", "BSD-3-Clause"),
        ("GNU GENERAL PUBLIC LICENSE\n   Version 3, 29 June 2007", "GPL-3.0-or-later"),
        ("GNU LESSER GENERAL PUBLIC LICENSE Version 3", "LGPL-3.0-or-later"),
        ("Apache License\n  Version 2.0, January 2004", "Apache-2.0"),
        ("Creative Commons Legal Code\n\nCC0 1.0 Universal", "CC0-1.0"),
        ("See https://creativecommons.org/licenses/by-sa/4.0/", "CC-BY-SA-4.0"),
        ("Creative Commons Attribution-NonCommercial 4.0", "CC-BY-NC-4.0"),
        ("Creative Commons Attribution-NonCommercial-NoDerivs 3.0", "CC-BY-NC-ND-3.0"),
        ("SPDX-License-Identifier: ISC", "ISC"),
        ("You may read this aloud to your cat.", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_licence_is_known_by_its_text(text: str, wanted: str) -> None:
    assert licences.identify(text) == wanted


@every_row(
    ("name", "wanted"),
    [
        ("CC-BY-4.0", "CC-BY-4.0"),
        ("CC BY 4.0", "CC-BY-4.0"),
        ("CC BY-SA 4.0", "CC-BY-SA-4.0"),
        ("CC0", "CC0-1.0"),
        ("CC0 1.0", "CC0-1.0"),
        ("MIT License", "MIT"),
        ("the MIT licence", "MIT"),
        ("Apache License, Version 2.0", "Apache-2.0"),
        ("Public domain", licences.PUBLIC_DOMAIN),
        ("https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
        ("CC BY-NC 4.0", "CC BY-NC 4.0"),
        ("MIT OR GPL-3.0", "MIT OR GPL-3.0"),
        ("ask me", "ask me"),
        ("unknown", "unknown"),
        ("", ""),
    ],
)
def test_a_licence_is_known_by_what_people_call_it(name: str, wanted: str) -> None:
    assert licences.identifier(name) == wanted


@every_row(
    ("licence", "wanted"),
    [
        ("MIT", "permissive"),
        ("CC-BY-4.0", "permissive"),
        (licences.PUBLIC_DOMAIN, "permissive"),
        ("CC-BY-SA-4.0", "share-alike"),
        ("GPL-3.0-or-later", "copyleft"),
        ("CC-BY-NC-4.0", "unknown"),
        ("unknown", "unknown"),
        ("MIT OR GPL-3.0", "unknown"),
    ],
)
def test_what_may_be_made_of_a_work(licence: str, wanted: str) -> None:
    assert licences.licence_class(licence) == wanted


def test_the_nearest_licence_file_counts_and_none_above_the_root(tmp_path: Path) -> None:
    deep = tmp_path / "root" / "games" / "one"
    deep.mkdir(parents=True)
    (tmp_path / "LICENSE").write_text(MIT)
    story = deep / "story.twee"
    root = tmp_path / "root"
    assert licences.find(story, within=root) == "unknown"
    (root / "LICENSE.md").write_text("CC0 1.0 Universal")
    licences._stated.cache_clear()
    assert licences.find(story, within=root) == "CC0-1.0"
    (deep / "COPYING").write_text("SPDX-License-Identifier: ISC")
    licences._stated.cache_clear()
    assert licences.find(story, within=root) == "ISC"
    assert licences.find(deep, within=root) == "ISC"


def test_a_licence_that_is_not_recognised_hides_those_above_it(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "LICENSE").write_text(MIT)
    (inner / "LICENSE").write_text("Only my friends may read this.")
    assert licences.find(inner / "a.twee", within=tmp_path) == "unknown"


def test_hints_name_files_and_folders_and_the_longest_wins(tmp_path: Path) -> None:
    (tmp_path / "LICENSE").write_text(MIT)
    hints = {".": "CC0-1.0", "games": "CC-BY-4.0", "games/one.twee": "ISC", "bad": 3, "x": "no no"}
    (tmp_path / licences.HINTS).write_text(json.dumps(hints))
    found = {
        name: licences.find(tmp_path / name, within=tmp_path)
        for name in ("a.twee", "games/one.twee", "games/two.twee", "gamesbook.twee", "x")
    }
    assert found == {
        "a.twee": "CC0-1.0",
        "games/one.twee": "ISC",
        "games/two.twee": "CC-BY-4.0",
        "gamesbook.twee": "CC0-1.0",
        "x": "CC0-1.0",
    }


@pytest.mark.parametrize("hints", ["[" * 100_000, "[]", "nope", '{"a": NaN}'])
def test_broken_hints_tell_nothing(tmp_path: Path, hints: str) -> None:
    (tmp_path / licences.HINTS).write_text(hints)
    assert licences.find(tmp_path / "a.twee", within=tmp_path) == "unknown"


@every_row(
    ("name", "wanted"),
    [
        ("LICENSE", True),
        ("licence.txt", True),
        ("LICENSE-MIT.md", True),
        ("COPYING", True),
        ("licences.json", True),
        ("license-to-kill.twee", False),
        ("licensed.txt", False),
    ],
)
def test_a_file_that_states_a_licence_is_no_story(name: str, wanted: bool) -> None:
    assert licences.is_licence_file(Path(name)) is wanted


@pytest.mark.skipif(not CORPUS.is_dir(), reason=WHY_SKIPPED)
def test_the_licences_of_real_stories() -> None:
    wanted = {
        "zork/zork1/COMPILED/zork1.z3": "MIT",
        "endless-sky/data/hai/hai.txt": "GPL-3.0-or-later",
        "choicescript/incarnate/web/mygame/scenes/startup.txt": "CC0-1.0",
        "counterfeit-monkey/tools/regtest/CM-regtest": "CC-BY-SA-4.0",
        "open-adventure/adventure.yaml": "BSD-2-Clause",
        "dendry/quiz": "CC-BY-4.0",
        "ink/the-intercept-compiled/Assets/Ink/TheIntercept.json": "unknown",
    }
    assert {name: licences.find(CORPUS / name, within=CORPUS) for name in wanted} == wanted
