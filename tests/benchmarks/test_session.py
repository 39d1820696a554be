"""A benchmark that is interrupted leaves no engine behind."""

import pytest

from benchmarks.session import temporary_session
from dungeon.session import Session


async def test_a_session_is_closed_where_its_block_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[Session] = []

    async def close(session: Session) -> None:
        closed.append(session)

    monkeypatch.setattr(Session, "close", close)
    with pytest.raises(RuntimeError, match="interrupted"):
        async with temporary_session("scripted:") as session:
            raise RuntimeError("interrupted")
    assert closed == [session]
