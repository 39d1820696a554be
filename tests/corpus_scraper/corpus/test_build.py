"""A corpus built from files of stories, looked at from outside."""

import hashlib
import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from corpus_scraper.corpus.build import build
from corpus_scraper.corpus.folder import read_lines
from corpus_scraper.corpus.settings import BuildSettings
from corpus_scraper.graph import Choice, Passage, to_dict
from dungeon.errors import InputRefused
from tests.corpus_scraper.built import bytes_of, corpus, excluded, records, taught
from tests.corpus_scraper.graphs import graph
from tests.corpus_scraper.stories import file, prose, stories, story

FILES = {
    "README.md", "excluded.jsonl", "manifest.json", "test.jsonl", "train.jsonl",
    "validation.jsonl", "works.jsonl",
}  # fmt: skip


# ── The folder as a whole ────────────────────────────────────────────────────────────────────────


def test_the_corpus_holds_every_passage_and_choice_once(tmp_path: Path) -> None:
    made = corpus(tmp_path, list(stories(30)))
    assert set(bytes_of(made)) == FILES
    everything = [r for split in ("train", "validation", "test") for r in records(made, split)]
    assert len({record["id"] for record in everything}) == len(everything)
    learned = "\n\n".join(map(taught, everything))
    for each in stories(30):
        for passage in each.passages:
            assert learned.count(passage.text) == 1
    assert learned.count("> You go left.") == 30
    keys = {"id", "work", "source", "licence", "memory_length", "spans"}
    assert set(everything[0]) == keys
    assert set(everything[0]["spans"][0]) == {"text", "train"}


def test_the_manifest_counts_what_is_there_and_hashes_it(tmp_path: Path) -> None:
    made = corpus(tmp_path, list(stories(30)))
    manifest = json.loads((made / "manifest.json").read_text())
    for name, of in manifest["files"].items():
        assert hashlib.sha256((made / name).read_bytes()).hexdigest() == of["sha256"]
    assert set(manifest["files"]) == FILES - {"manifest.json"}
    works = {line["id"]: line for line in read_lines(made / "works.jsonl")}
    assert len(works) == 30
    for split, of in manifest["splits"].items():
        there = records(made, split)
        assert of["documents"] == len(there) > 0
        assert of["trained_characters"] == sum(len(taught(record)) for record in there)
        assert {record["work"] for record in there} == {
            work for work, line in works.items() if line["split"] == split
        }
        assert of["measures"]["coverage"] == 1
    for work, line in works.items():
        own = [r for r in records(made, line["split"]) if r["work"] == work]
        assert (line["documents"], line["trained_characters"]) == (
            len(own),
            sum(len(taught(r)) for r in own),
        )
    assert manifest["licences"] == {"MIT": {"works": 30, "trained_characters": sum(
        line["trained_characters"] for line in works.values())}}  # fmt: skip
    assert manifest["inputs"][0]["stories"] == 30
    assert manifest["warnings"] == []


def test_the_same_stories_make_the_same_bytes_in_one_process_or_two(tmp_path: Path) -> None:
    source = file(tmp_path, list(stories(12)))
    settings = BuildSettings(max_work_share=0.5)
    build([source], tmp_path / "one", settings)
    build([source], tmp_path / "two", settings, processes=2)
    (tmp_path / "elsewhere").mkdir()
    moved = source.rename(tmp_path / "elsewhere" / source.name)
    build([moved], tmp_path / "three", settings)
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "two") == bytes_of(tmp_path / "three")
    assert str(tmp_path).encode() not in b"".join(bytes_of(tmp_path / "one").values())


def test_another_seed_holds_out_other_works(tmp_path: Path) -> None:
    source = file(tmp_path, list(stories(40)))
    for seed in (0, 1):
        build([source], tmp_path / str(seed), BuildSettings(seed=seed))
    held = [{r["work"] for r in records(tmp_path / str(seed), "test")} for seed in (0, 1)]
    assert held[0] != held[1]


def test_datasets_loads_it_offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    datasets = pytest.importorskip("datasets")
    made = corpus(tmp_path, list(stories(30)))
    (made / "report.png").write_bytes(b"drawn since")
    loaded = datasets.load_dataset(str(made), cache_dir=str(tmp_path / "cache"))
    assert {name: len(split) for name, split in loaded.items()} == {
        split: len(records(made, split)) for split in ("train", "validation", "test")
    }
    assert loaded["train"][0] == records(made)[0]


def test_datasets_loads_it_where_nothing_is_held_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    made = corpus(tmp_path, [story(1)])
    loaded = datasets.load_dataset(str(made), cache_dir=str(tmp_path / "cache"))
    assert list(loaded) == ["train"]
    manifest = json.loads((made / "manifest.json").read_text())
    assert manifest["warnings"][-2:] == [
        f"{split} is empty: there are too few works to hold some out. Import more stories, or "
        "include more of them with --licence."
        for split in ("validation", "test")
    ]


def test_the_card_has_a_header_that_yaml_reads(tmp_path: Path) -> None:
    made = corpus(tmp_path, [*stories(20), story(77, licence="CC-BY-4.0")], language="en")
    _, header, body = (made / "README.md").read_text().split("---\n", 2)
    read = yaml.safe_load(header)
    assert read["language"] == ["en"]
    assert read["license"] == ["cc-by-4.0", "mit"]
    assert [each["split"] for each in read["configs"][0]["data_files"]] == [
        "train", "validation", "test",
    ]  # fmt: skip
    assert "| licence | 21 | 21 |" in body


# ── What goes in and what does not ───────────────────────────────────────────────────────────────


def test_what_is_left_out_is_listed(tmp_path: Path) -> None:
    graphs = [
        *stories(20),
        story(50, licence="unknown"),
        replace(story(51), language="fr"),
        replace(graph({"a": "Too short."}, name="short"), licence="MIT"),
    ]
    made = corpus(tmp_path, graphs)
    assert excluded(made) == [
        ("licence", "tales/50.json", "its licence is unknown"),
        ("language", "tales/51.json", "it is marked as fr"),
        ("length", "short", "it has fewer than 50 words"),
    ]
    assert len(list(read_lines(made / "works.jsonl"))) == 20


def test_nothing_is_written_where_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="of 1 stories, 1 because its licence is unknown"):
        corpus(tmp_path, [story(1, licence="unknown")])
    with pytest.raises(InputRefused, match="no story in these files"):
        corpus(tmp_path, [])
    assert not (tmp_path / "corpus").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["stories.jsonl"]


def test_a_line_that_is_no_story_is_named(tmp_path: Path) -> None:
    source = file(tmp_path, [story(1)])
    source.write_text(source.read_text() + '{"id": "x"}\n')
    with pytest.raises(InputRefused, match=r"stories\.jsonl, line 2 is no story"):
        build([source], tmp_path / "corpus", BuildSettings())
    assert not (tmp_path / "corpus").exists()


def test_two_stories_of_one_name_are_two_works(tmp_path: Path) -> None:
    one, other = story(1), replace(story(2), id=story(1).id)
    source, second = file(tmp_path, [one]), file(tmp_path, [other], "more.jsonl")
    build([source, second], tmp_path / "corpus", BuildSettings(max_work_share=1))
    assert {r["work"] for r in records(tmp_path / "corpus")} == {
        "tales/1.json", "tales/1.json~2",
    }  # fmt: skip


def test_no_canary_is_left_in_any_file(tmp_path: Path) -> None:
    canaries = ["ada@example.org", "+44 20 7946 0958", "192.0.2.44", "@ada_lovelace"]
    planted = story(60)
    passages = [
        replace(passage, text=f"{passage.text} Write to {canary}.")
        for passage, canary in zip(planted.passages, canaries, strict=False)
    ]
    ways = [replace(way, text=f"{way.text} Ask {c}.") for way, c in zip(planted.choices, canaries,
            strict=False)]  # fmt: skip
    planted = replace(planted, passages=(*passages, planted.passages[4]), choices=tuple(ways))
    made = corpus(tmp_path, [*stories(20), planted])
    everything = b"".join(bytes_of(made).values()).decode()
    assert not [canary for canary in canaries if canary in everything]
    assert "Write to [number]" in everything


def test_hostile_names_and_texts_do_no_harm(tmp_path: Path) -> None:
    hostile = "\x1b]52;c;eA==\x07\u202e\ud800 | name"
    bad = story(70)
    bad = replace(
        bad,
        id=f"id {hostile}",
        title=hostile,
        author=hostile,
        licence=f"LicenseRef-{hostile}",
        notes=(hostile,),
        source=replace(bad.source, place=hostile, parser=hostile),
        passages=tuple(replace(p, id=hostile + p.id, text=p.text + hostile) for p in bad.passages),
        choices=tuple(
            replace(c, origin=hostile + c.origin, target=hostile + c.target, text=c.text + hostile)
            for c in bad.choices
        ),
        start=hostile + bad.start,
    )
    source = tmp_path / "stories.jsonl"
    source.write_text("".join(json.dumps(to_dict(each)) + "\n" for each in (bad, *stories(5))))
    build([source], tmp_path / "corpus", BuildSettings(licence="any", max_work_share=1))
    for name, written in bytes_of(tmp_path / "corpus").items():
        text = written.decode()
        assert not set("\x1b\x07\u202e") & set(text), name
    work = next(iter(read_lines(tmp_path / "corpus" / "works.jsonl")))
    assert work["id"] == "id ]52;c;eA== | name"
    assert work["passages"] == 5


# ── Duplicates, splits, shares ───────────────────────────────────────────────────────────────────


def test_duplicates_of_another_work_are_context_and_not_trained_on(tmp_path: Path) -> None:
    copy = replace(story(1), id="copy", author="A Copyist", source=story(99).source)
    changed = replace(copy, passages=(*copy.passages[:4], story(98).passages[4]))
    made = corpus(tmp_path, [*stories(20), changed], max_work_share=1, holdout_fraction=0)
    own = [record for record in records(made) if record["work"] == "copy"]
    learned, everything = ("".join(map(taught, own)), json.dumps(own))
    assert story(98).passages[4].text in learned
    assert not any(passage.text in learned for passage in copy.passages[:4])
    assert copy.passages[0].text in everything
    told = [line for line in excluded(made) if line[0] == "duplicates"]
    assert told == [
        ("duplicates", "copy", "it is an exact duplicate of a passage in another work")
    ] * 4  # fmt: skip
    [first, *_] = read_lines(made / "excluded.jsonl")
    assert (first["duplicate_of"], first["passage"]) == ("tales/1.json", "p0")


def test_a_copy_that_is_held_out_teaches_nothing_of_what_is_learned(tmp_path: Path) -> None:
    """Whichever of two copies is held out, none of its passages is measured."""
    copies = [
        replace(story(n), id=f"copy/{n}", author=f"Copyist {n}", source=story(100 + n).source)
        for n in range(40)
    ]
    made = corpus(tmp_path, [*stories(40), *copies], holdout_fraction=0.2)
    learned = "\n\n".join(map(taught, records(made)))
    for split in ("validation", "test"):
        measured = "\n\n".join(map(taught, records(made, split)))
        for each in stories(40):
            for passage in each.passages:
                assert (passage.text in learned) + (passage.text in measured) <= 1
    manifest = json.loads((made / "manifest.json").read_text())
    # By chance a sentence of these tales begins as another does, and no more is shared.
    assert all(of["share"] < 0.02 for of in manifest["overlap"].values())


def test_works_of_one_author_are_in_one_split(tmp_path: Path) -> None:
    graphs = [replace(each, author=f"Author {at // 4}") for at, each in enumerate(stories(80))]
    made = corpus(tmp_path, graphs, holdout_fraction=0.2)
    by_author: dict[str, set[str]] = {}
    for line in read_lines(made / "works.jsonl"):
        by_author.setdefault(line["author"], set()).add(line["split"])
    assert all(len(splits) == 1 for splits in by_author.values())
    assert {split for splits in by_author.values() for split in splits} == {
        "train", "validation", "test",
    }  # fmt: skip


def test_no_work_is_more_than_its_share(tmp_path: Path) -> None:
    chance = random.Random(0)
    long = "\n\n".join(prose(chance, 5) for _ in range(100))
    made = corpus(
        tmp_path,
        [*stories(30), replace(graph({"a": long}, name="long"), licence="MIT")],
        max_work_share=0.1,
        holdout_fraction=0,
    )
    sizes: dict[str, int] = {}
    for record in records(made):
        sizes[record["work"]] = sizes.get(record["work"], 0) + len(taught(record))
    assert 0.08 * sum(sizes.values()) < sizes["long"] <= 0.1 * sum(sizes.values())
    [cut] = [record for record in records(made) if record["work"] == "long"]
    assert long.startswith(taught(cut))
    assert long[len(taught(cut)) :].startswith("\n\n")
    assert excluded(made)[-1] == (
        "mixture", "long", "the work is more than 10% of the trained text"
    )  # fmt: skip


def test_too_few_works_are_kept_whole_and_it_is_said(tmp_path: Path) -> None:
    made = corpus(tmp_path, [story(1), story(2)], holdout_fraction=0)
    assert len({record["work"] for record in records(made)}) == 2
    manifest = json.loads((made / "manifest.json").read_text())
    assert manifest["blocks"]["mixture"]["counts"] == {
        "too few works for so small a share: none was cut": 1
    }


def test_a_large_loss_is_warned_about(tmp_path: Path) -> None:
    copies = [replace(story(1), id=f"copy/{n}") for n in range(5)]
    made = corpus(tmp_path, copies, holdout_fraction=0)
    manifest = json.loads((made / "manifest.json").read_text())
    size = manifest["blocks"]["duplicates"]
    gone = size["characters_in"] - size["characters_out"]
    assert manifest["warnings"][0] == (
        f"duplicates removed {gone / size['characters_in']:.1%} of its input ({gone:,} of "
        f"{size['characters_in']:,} characters); excluded.jsonl lists what and why."
    )


def test_a_phrase_book_that_is_held_out_is_taken_out(tmp_path: Path) -> None:
    """Its passages are nobody's copy, but all that is said in them is learned elsewhere."""
    books = list(stories(40))
    phrases = [" ".join(each.passages[0].text.split()[:40]) for each in books]
    woven = [
        replace(
            graph({"a": "\n\n".join(phrases[at : at + 8])}, name=f"woven/{at}"),
            licence="MIT",
            source=story(200 + at).source,
            choices=(Choice("a", "b", "Go."),),
        )
        for at in range(0, 32, 4)
    ]
    woven = [replace(w, passages=(*w.passages, Passage("b", "You are there."))) for w in woven]
    made = corpus(tmp_path, [*books, *woven], holdout_fraction=0.3)
    taken = [line for line in excluded(made) if line[0] == "overlap"]
    assert taken
    assert all(work.startswith("woven/") for _, work, _ in taken)
    manifest = json.loads((made / "manifest.json").read_text())
    block = manifest["blocks"]["overlap"]
    assert block["characters_in"] - block["characters_out"] > 0


# ── Perspective ───────────────────────────────────────────────────────────────────────────


def test_a_first_person_story_is_converted_on_request(tmp_path: Path) -> None:
    text = prose(random.Random(9), 60).replace("You ", "I ")
    hero = replace(graph({"a": text}, name="hero"), licence="MIT")
    made = corpus(
        tmp_path, [*stories(20), hero], perspective="convert", holdout_fraction=0, max_work_share=1
    )
    work = {line["id"]: line for line in read_lines(made / "works.jsonl")}["hero"]
    assert work["perspective"] == "converted"
    own = "\n".join(taught(record) for record in records(made) if record["work"] == "hero")
    assert " I " not in own
    assert own.count("\n> You ") > 3
