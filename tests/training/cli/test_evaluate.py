"""`grue evaluate` reports, compares, records and stops."""

import json
import signal

import huggingface_hub
import pytest

from dungeon.cli import main
from tests.training import small_models
from training.cli.evaluation_table import _line, _widths
from training.evaluation.metrics import METRICS, Reply

TEXT = small_models.TEXT


@pytest.fixture
def corpus(tmp_path):
    folder = tmp_path / "corpus"
    folder.mkdir()
    for split, count in (("train", 3), ("validation", 2), ("test", 4)):
        records = (
            {"id": f"{split}{n}", "work": f"w{n % 2}", "licence": "CC0-1.0",
             "spans": [{"text": f"Day {n}. {TEXT}", "train": True}]}
            for n in range(count)
        )  # fmt: skip
        (folder / f"{split}.jsonl").write_text("\n".join(map(json.dumps, records)))
    works = ({"id": f"w{n}", "source": {"parser": ("ink", "twee")[n]}} for n in range(2))
    (folder / "works.jsonl").write_text("\n".join(map(json.dumps, works)))
    (folder / "manifest.json").write_text("{}")
    return folder


def grue(*arguments):
    with pytest.raises(SystemExit) as left:
        main(["evaluate", *map(str, arguments)])
    return left.value.code


def test_the_command_evaluates_a_model_and_its_baseline(tmp_path, corpus, capsys):
    one = small_models.save(
        tmp_path / "one", small_models.gpt2(1, positions=256), small_models.tokenizer()
    )
    two = small_models.save(
        tmp_path / "two", small_models.gpt2(2, positions=256), small_models.tokenizer()
    )
    options = ["--corpus", corpus, "--prompts", 4, "--device", "cpu"]
    assert grue(one, *options, "--baseline", two, "--json") == 0
    output = capsys.readouterr()
    document = json.loads(output.out)
    held = document["model"]["held_out"]
    assert (held["split"], held["documents"]) == ("test", 4)
    assert held["bytes"] == sum(len(f"Day {n}. {TEXT}".encode()) for n in range(4))
    assert held["bits_per_byte"] != document["baseline"]["held_out"]["bits_per_byte"]
    assert document["model"]["play"]["prompts"] == 4
    assert held["interval"][0] < held["bits_per_byte"] < held["interval"][1]
    assert held["resampled"] == "documents"
    assert set(held["sources"]) == {"ink", "twee"}
    assert set(held["works"]) == {"w0", "w1"}
    assert sum(each["bytes"] for each in held["works"].values()) == held["bytes"]
    apart = document["difference"]["held_out"]
    expected = held["bits_per_byte"] - document["baseline"]["held_out"]["bits_per_byte"]
    assert apart["total"]["value"] == pytest.approx(expected)
    assert set(apart["works"]) == {"w0", "w1"}
    assert set(document["difference"]["play"]) == set(document["model"]["play"]["intervals"])
    assert document["contamination"]["held_out"]["contaminated"] == 4  # the same text in train
    assert len(document["model"]["play"]["replies"]) == 4
    assert set(document["model"]["play"]["metrics"]) >= {"second_person", "loops", "assistant"}
    assert "one: 4 of 4 documents" in output.err
    assert "two: 4 of 4 replies" in output.err
    assert grue(one, *options, "--baseline", two) == 0
    table = capsys.readouterr().out
    assert f"{held['bits_per_byte']:.3f} [" in table
    assert "%" in table.split("bits per byte")[1].splitlines()[0]
    assert all(len(line) <= 84 for line in table.splitlines())


def test_the_command_reads_fewer_documents_and_skips_play(tmp_path, corpus, capsys):
    one = small_models.gpt2_folder(tmp_path / "one")
    assert grue(one, "--corpus", corpus, "--prompts", 0, "--documents", 2, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["model"]["held_out"]["documents"] == 2
    assert document["model"]["play"]["metrics"] == {}


def test_metrics_are_recorded_in_the_model_folder_on_request(tmp_path, corpus, capsys):
    one = small_models.gpt2_folder(tmp_path / "one")
    assert grue(one, "--corpus", corpus, "--record") == 2
    assert "--record" in capsys.readouterr().err
    (one / "grue.json").write_text('{"metrics": {"kept": 1}}')
    assert grue(one, "--corpus", corpus, "--prompts", 0, "--record") == 0
    metrics = json.loads((one / "grue.json").read_text())["metrics"]
    assert metrics["kept"] == 1
    assert metrics["evaluation"]["held_out"]["bits_per_byte"] > 0


def test_what_is_missing_is_said_before_anything_is_read(tmp_path, corpus, capsys):
    one = small_models.gpt2_folder(tmp_path / "one")
    for model, data, baseline, said in (
        (tmp_path / "nosuch", corpus, one, "There is no model"),
        (one, corpus, tmp_path / "nosuch", "There is no model"),
        (one, tmp_path / "nosuch", one, "There is no corpus"),
    ):
        assert grue(model, "--corpus", data, "--baseline", baseline, "--record") == 2
        output = capsys.readouterr()
        assert said in output.err
        assert "Reading" not in output.err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--record"], "has no grue.json on this machine to write to. Leave out --record."),
        (["--baseline", "no/such/folder"], "There is no model “no/such/folder”."),
    ],
)
def test_nothing_is_downloaded_for_what_is_refused(corpus, capsys, monkeypatch, more, said):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    assert grue("somebody/model", "--corpus", corpus, *more) == 2
    output = " ".join(capsys.readouterr().err.split())
    assert said in output
    assert "Downloading" not in output


def test_a_download_from_the_hub_is_not_silent(corpus, capsys, monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    assert grue("somebody/no-such-model", "--corpus", corpus) == 2
    said = capsys.readouterr().err
    assert said.startswith("Downloading somebody/no-such-model from the hub, unless it is here")
    assert "is not on this machine" in said


def test_a_text_file_is_a_corpus(tmp_path, capsys):
    text = tmp_path / "tale.txt"
    text.write_text("\n\n".join(f"Day {n}. {TEXT}" for n in range(60)))
    one = small_models.gpt2_folder(tmp_path / "one")
    assert grue(one, "--corpus", text, "--prompts", 0, "--json") == 0
    assert json.loads(capsys.readouterr().out)["model"]["held_out"]["split"] == "validation"


def test_a_corpus_that_is_too_small_to_hold_anything_out_is_read_as_a_whole(
    tmp_path, corpus, capsys
):
    for name in ("validation", "test"):
        (corpus / f"{name}.jsonl").write_text("")
    one = small_models.gpt2_folder(tmp_path / "one")
    options = ["--corpus", corpus, "--prompts", 0, "--json"]
    assert grue(one, *options) == 2
    assert "too few documents" in capsys.readouterr().err
    assert grue(one, *options, "--split", "train") == 0
    document = json.loads(capsys.readouterr().out)
    held = document["model"]["held_out"]
    assert (held["split"], held["documents"], document["contamination"]) == ("train", 3, None)


def test_nothing_is_said_where_nothing_counts(tmp_path, corpus, capsys, monkeypatch):
    empty = Reply("", ended=True, action="You wait.")
    monkeypatch.setattr(
        "training.evaluation.evaluate.generate_replies", lambda *_, **__: {0: empty, 1: empty}
    )
    one = small_models.gpt2_folder(tmp_path / "one")
    options = ["--corpus", corpus, "--baseline", one, "--documents", 1]
    assert grue(one, *options) == 0
    lines = {line.split("  ")[0]: line for line in capsys.readouterr().out.splitlines()}
    for name in ("second person", "distinct 2", "distinct 3"):
        assert lines[name].split()[2:] == ["-", "-"]
    assert "100.0% [34.2, 100.0]" in lines["empty"]
    assert grue(one, *options, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["model"]["play"]["metrics"]["distinct_2"] is None
    assert document["difference"]["play"]["distinct_2"] is None


def test_sigterm_ends_an_evaluation_as_ctrl_c_does(tmp_path, corpus, capsys, monkeypatch):
    def terminated(*_, **__):
        signal.raise_signal(signal.SIGTERM)

    one = small_models.gpt2_folder(tmp_path / "one")
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr("training.evaluation.evaluate.generate_replies", terminated)
    assert grue(one, "--corpus", corpus) == 130
    assert capsys.readouterr().err.endswith("Stopped. Nothing was recorded.\n")
    assert signal.getsignal(signal.SIGTERM) is before


def test_an_interruption_is_a_sentence_and_nothing_is_recorded(
    tmp_path, corpus, capsys, monkeypatch
):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    one = small_models.gpt2_folder(tmp_path / "one")
    (one / "grue.json").write_text('{"metrics": {}}')
    monkeypatch.setattr("training.evaluation.evaluate.generate_replies", interrupted)
    assert grue(one, "--corpus", corpus, "--record") == 130
    output = capsys.readouterr()
    assert output.err.endswith("Stopped. Nothing was recorded.\n")
    assert output.out == ""
    assert json.loads((one / "grue.json").read_text()) == {"metrics": {}}


def test_the_search_for_contamination_can_be_left_out(tmp_path, corpus, capsys):
    one = small_models.gpt2_folder(tmp_path / "one")
    options = ["--corpus", corpus, "--prompts", 0]
    assert grue(one, *options, "--no-contamination", "--json") == 0
    assert json.loads(capsys.readouterr().out)["contamination"] is None
    assert grue(one, *options) == 0
    assert "at least half in 4 of 4 documents" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "said"),
    [("{", "line 1 is not valid JSON"), ('{"title": "t"}', "line 1 is not the record of a work")],
)
def test_a_broken_list_of_works_is_refused(tmp_path, corpus, capsys, line, said):
    (corpus / "works.jsonl").write_text(line)
    assert grue(small_models.gpt2_folder(tmp_path / "one"), "--corpus", corpus) == 2
    assert said in capsys.readouterr().err


def test_a_table_without_any_result_says_why(tmp_path, corpus, capsys):
    one = small_models.gpt2_folder(tmp_path / "one")
    assert grue(one, "--corpus", corpus, "--baseline", one, "--minutes", "1e-9") == 0
    output = capsys.readouterr().out
    assert "one: the time was over after 0 of 4 documents, a random sample." in output
    assert "one: the time was over after 0 of 216 replies, a random sample." in output


def test_values_are_never_cut_and_names_only_on_a_narrow_terminal():
    cells = ["A name of more than twenty-five letters", "100.0% [100.0, 100.0]", "0.0%"]
    cells.append("-97.7% [-100.0, -93.4]")
    whole = _line(cells, _widths([cells], None))
    assert all(cell in whole for cell in cells)
    narrow = _line(cells, _widths([cells], 84))
    assert narrow.startswith("A name of more than twent")
    assert "…" in narrow
    assert len(narrow) <= 84
    assert all(cell in narrow for cell in cells[1:])


def test_a_difference_stays_within_a_hundred_per_cent():
    metric = METRICS["distinct_3"]
    theirs = [Reply(f"word{n} word{n + 1} word{n + 2}", True, "You wait.") for n in range(30)]
    ours = [Reply("a a a a a a a a", True, "You wait."), *[Reply("a a a a", True, "x")] * 29]
    apart = metric.difference(ours, theirs)
    assert apart.value < -0.9
    assert -1.0 <= apart.interval.low <= apart.value <= apart.interval.high
