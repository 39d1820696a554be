import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dungeon.data_files import json_values, rows
from dungeon.data_files.recognition import recognise
from dungeon.data_files.rows import Row, read_rows
from dungeon.errors import GrueError, InputRefused

pyarrow = pytest.importorskip("pyarrow")

Values = list[dict[str, Any]]


def write_csv(path: Path, values: Values) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, ["id", "text"], quoting=csv.QUOTE_ALL)
        table.writeheader()
        table.writerows(values)


def write_lines(path: Path, values: Values) -> None:
    path.write_text("\n".join(json.dumps(each) for each in values), "utf-8")


def write_list(path: Path, values: Values) -> None:
    path.write_text(json.dumps(values, indent=1, ensure_ascii=False), "utf-8", newline="")


def write_parquet(path: Path, values: Values) -> None:
    from pyarrow import parquet

    parquet.write_table(pyarrow.Table.from_pylist(values), path, row_group_size=2)


def write_arrow(path: Path, values: Values) -> None:
    table = pyarrow.Table.from_pylist(values)
    with pyarrow.ipc.new_stream(str(path), table.schema) as file:
        file.write_table(table, max_chunksize=2)


def write_arrow_file(path: Path, values: Values) -> None:
    table = pyarrow.Table.from_pylist(values)
    with pyarrow.ipc.new_file(str(path), table.schema) as file:
        file.write_table(table, max_chunksize=2)


WRITERS = {
    "json-lines": [write_lines],
    "json": [write_list],
    "csv": [write_csv],
    "parquet": [write_parquet],
    "arrow": [write_arrow, write_arrow_file],
}
EACH_WRITER = [(kind, writer) for kind, several in WRITERS.items() for writer in several]

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)


@pytest.mark.parametrize(("format_", "write"), EACH_WRITER)
@given(st.lists(texts, min_size=1, max_size=5))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rows_come_back_as_they_were_written(
    tmp_path: Path, format_: str, write: Callable[[Path, Values], None], wanted: list[str]
) -> None:
    path = tmp_path / f"a.{'csv' if format_ == 'csv' else 'data'}"
    written = [{"id": str(n), "text": text} for n, text in enumerate(wanted)]
    write(path, written)
    assert recognise(path) == format_
    found = list(read_rows(path, recognise(path)))
    assert [row.values for row in found] == written
    assert [row.number for row in found] == [*range(1, len(wanted) + 1)]


def read(path: Path) -> list[Row]:
    return list(read_rows(path, recognise(path)))


def test_rows_are_not_all_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("[" + ",".join([json.dumps({"text": "a" * 100})] * 5_000) + ", broken", "utf-8")
    assert next(read_rows(path, "json")).values["text"] == "a" * 100


def test_an_object_longer_than_what_is_read_at_once_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_values, "_CHUNK", 8)
    write_list(tmp_path / "a.json", [{"text": "a" * 1_000}, {"text": "b"}])
    assert [row.values["text"] for row in read(tmp_path / "a.json")] == ["a" * 1_000, "b"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", '{"text": "a"}\n{"text": \n', "line 2 is not valid JSON"),
        ("a.jsonl", '{"text": "a"}\n' + "[" * 100_000, "line 2 is not valid JSON"),
        ("a.jsonl", '{"text": "a"}\n[1]\n', "line 2 is no JSON object"),
        ("a.json", '[{"text": "a"}, {"text": ]', "row 2 is not valid JSON"),
        ("a.json", '[{"text": "a"}, {"text": "b"}', "cut off"),
        ("a.json", '[{"text": "a"}] [', "follows the end"),
        ("a.json", '[{"text": "a"}, 7]', "row 2 is no JSON object"),
        ("a.csv", "id,text\n1,one\n2,two,three\n", "row 2 has 3 fields, but there are 2 columns"),
        ("a.csv", 'id,text\n1,one\n2,"two\n', "line 3 is no valid CSV"),
    ],
)
def test_a_broken_row_is_named(tmp_path: Path, name: str, content: str, message: str) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(InputRefused, match=message):
        read(tmp_path / name)


@pytest.fixture
def csv_limit() -> Iterator[None]:
    """Restore the longest field of csv, which reading sets for the whole process."""
    before = csv.field_size_limit()
    yield
    csv.field_size_limit(before)


@pytest.mark.usefixtures("csv_limit")
def test_a_row_that_would_fill_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "MAX_ROW", 1_000)
    long = [{"id": "1", "text": "a" * 200_000}]
    for name, write in (("a.jsonl", write_lines), ("a.json", write_list), ("a.csv", write_csv)):
        write(tmp_path / name, long)
        with pytest.raises(InputRefused, match=name):
            read(tmp_path / name)


def test_a_damaged_parquet_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1" + b"a" * 100 + b"PAR1")
    with pytest.raises(InputRefused, match="is damaged"):
        read(tmp_path / "a.parquet")


def test_without_pyarrow_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_parquet(tmp_path / "a.parquet", [{"text": "a"}])
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(GrueError, match=r"pip install 'grue\[parquet\]'"):
        read(tmp_path / "a.parquet")


def test_pictures_beside_the_text_are_not_read(tmp_path: Path) -> None:
    write_parquet(tmp_path / "a.parquet", [{"text": "a", "picture": b"\x89PNG", "id": "1"}])
    [row] = read(tmp_path / "a.parquet")
    assert row.values == {"text": "a", "id": "1"}
