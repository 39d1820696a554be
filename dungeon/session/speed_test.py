"""The speed test of a model, as both front ends and the command line run it."""

from dungeon.errors import InputRefused
from dungeon.files.home import Home
from dungeon.generator.factory import create_generator
from dungeon.generator.speed_test import SECONDS, measure_speed
from dungeon.models.catalog import CatalogEntry, catalog
from dungeon.models.overview import file_size
from dungeon.models.resolver import CatalogModel, is_available
from dungeon.models.speeds import SpeedRecord
from dungeon.settings import load
from dungeon.threads import run_in_thread


async def run_speed_test(entry: CatalogEntry, home: Home, seconds: float = SECONDS) -> str:
    """Measure a model that is downloaded, keep the result, and return it as a sentence.

    It runs in an engine of its own beside the game. Raises GrueError.
    """
    engine = load(home.settings).engine
    generator = await run_in_thread(create_generator, entry.name, home, engine=engine)
    try:
        speed = await measure_speed(generator, seconds)
    finally:
        await generator.close()
    keep_speed(entry, home, speed)
    return f"{entry.title} writes {speed:.0f} tokens/s on this machine."


async def run_default_speed_test(home: Home) -> str:
    """Measure the default model. Raises InputRefused where it is not downloaded, GrueError."""
    entry = catalog().entries[catalog().default]
    if not is_available(CatalogModel(entry), home.models):
        raise InputRefused(f"{entry.title} is not downloaded, so its speed cannot be measured.")
    return await run_speed_test(entry, home)


def keep_speed(entry: CatalogEntry, home: Home, tokens_per_second: float) -> None:
    """Keep a speed that was measured with the model."""
    SpeedRecord(home.models).keep(entry.name, tokens_per_second, file_size(entry, home.models))
