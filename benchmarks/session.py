"""Sessions of the game in a temporary home that shares the user's models."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from dungeon.files.home import Home
from dungeon.models.resolver import PreparedFile, prepare_file, resolve
from dungeon.session import Session
from dungeon.settings import Settings


@contextmanager
def temporary_home() -> Iterator[Home]:
    """Yield a home without adventures and settings."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        home.models.symlink_to(Home.find().models)
        yield home


@asynccontextmanager
async def temporary_session(
    model: str = "", seed: int = 1, settings: Settings | None = None
) -> AsyncIterator[Session]:
    """Yield a session with `model`, by default the game's own, in a temporary home."""
    with temporary_home() as home:
        session = Session(home, settings or Settings(), model=model, seed=seed)
        try:
            yield session
        finally:  # otherwise the engine goes on after Ctrl-C
            await session.close()


def default_model() -> Path:
    """Return the file of the default model, downloaded and prepared if it is missing."""
    file: PreparedFile = prepare_file(resolve(""), Home.find().models)  # type: ignore[arg-type]
    return file.path
