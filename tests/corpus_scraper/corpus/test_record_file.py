from contextlib import closing
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from corpus_scraper.corpus.record_file import RecordFile


def test_pieces_come_back_in_any_order(tmp_path: Path) -> None:
    with closing(RecordFile(tmp_path / "spool")) as spool:
        for piece in (b"one", b"", b"three"):
            spool.append(piece)
        assert spool[2] == b"three"
        spool.append(b"four")
        assert [spool[0], spool[3], spool[1], len(spool)] == [b"one", b"four", b"", 4]
        assert list(spool) == [b"one", b"", b"three", b"four"]


@given(pieces=st.lists(st.binary(max_size=20)), reads=st.lists(st.integers(0, 100)))
def test_reading_between_writing_changes_nothing(
    tmp_path_factory, pieces: list[bytes], reads: list[int]
) -> None:
    with closing(RecordFile(tmp_path_factory.mktemp("spool") / "spool")) as spool:
        for at, piece in enumerate(pieces):
            spool.append(piece)
            for read in (read for read in reads if read <= at):
                assert spool[read] == pieces[read]
        assert list(spool) == pieces
