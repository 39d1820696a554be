"""Tests of the scheduler of slots, on a fake engine that saves and restores files."""

import asyncio
from contextlib import asynccontextmanager

from dungeon.generator.slot_files import SlotFiles
from dungeon.serving.slots import SlotScheduler, prompt_text
from tests.dungeon.generator.servers import FakeServer, Said, serving
from tests.patience import HUNG
from tests.rows import every_row

RIVER, MILL, TOWER = "river " * 200, "mill  " * 200, "tower " * 200


class Engine:
    """Slots that can be saved and restored over HTTP."""

    def __init__(self, server: FakeServer, files: SlotFiles) -> None:
        self.server = server
        self.address = server.address
        self.files = files

    @property
    def actions(self) -> list[str]:
        """What was asked of it: the number of a slot and an action."""
        paths = (path for path, _, _ in self.server.asked)
        return [path.removeprefix("/slots/").replace("?action=", " ") for path in paths]


class SavingServer(FakeServer):
    """Writes the file that is to be saved."""

    folder = None

    def _next(self, path):
        _, _, body = self.asked[-1]
        if path.endswith("save"):
            (self.folder / body["filename"]).write_bytes(b"state")
        return super()._next(path)


@asynccontextmanager
async def engine(root, **answers):
    paths = {f"/slots/{n}?action={a}": Said({}) for n in range(2) for a in ("save", "restore")}
    async with serving(paths | answers, SavingServer) as server:
        server.folder = root / "model"
        yield Engine(server, SlotFiles(root, "model", 1_000_000))


def scheduler(fake: Engine, slots: int = 2):
    events: list[str] = []
    return SlotScheduler(fake.files, slots, events.append), events


async def play(schedule: SlotScheduler, fake: Engine, prompt: str) -> int:
    async with schedule.assign(fake.address, "key", prompt) as number:
        return number


async def test_an_adventure_keeps_its_slot(tmp_path) -> None:
    async with engine(tmp_path) as fake:
        schedule, events = scheduler(fake)
        first = await play(schedule, fake, RIVER)
        second = await play(schedule, fake, MILL)
        assert {first, second} == {0, 1}
        assert await play(schedule, fake, RIVER + "> You row.\n") == first
        assert await play(schedule, fake, MILL + "> You mill.\n") == second
        assert fake.actions == []
        assert events == ["query", "query"]
        await schedule.close()


async def test_an_adventure_that_comes_back_is_restored(tmp_path) -> None:
    async with engine(tmp_path) as fake:
        schedule, events = scheduler(fake)
        for prompt in (RIVER, MILL, TOWER, RIVER + "> You row.\n"):
            await play(schedule, fake, prompt)
        assert fake.actions == ["0 save", "1 save", "1 restore"]
        assert events == ["query", "query", "query", "save", "query", "save", "hit"]
        await schedule.close()


async def test_the_slots_are_saved_at_the_end_and_restored_by_another_engine(tmp_path) -> None:
    async with engine(tmp_path) as fake:
        schedule, _ = scheduler(fake)
        await play(schedule, fake, RIVER)
        await schedule.close()
        assert fake.actions == ["0 save"]
    async with engine(tmp_path) as fake:
        schedule, events = scheduler(fake)
        await play(schedule, fake, RIVER + MILL)
        assert (fake.actions, events) == (["0 restore"], ["query", "hit"])
        await schedule.close()


async def test_the_slots_of_a_new_engine_are_empty(tmp_path) -> None:
    async with engine(tmp_path) as first, engine(tmp_path) as second:
        schedule, events = scheduler(first)
        await play(schedule, first, RIVER)
        await play(schedule, second, RIVER)
        assert events == ["query", "query"]
        assert second.actions == []  # what the first one held is lost with it
        await schedule.close()


async def test_an_engine_that_refuses_costs_no_reply(tmp_path) -> None:
    broken = {f"/slots/0?action={a}": Said({"error": {}}, 500) for a in ("save", "restore")}
    async with engine(tmp_path, **broken) as fake:
        schedule, events = scheduler(fake, 1)
        for prompt in (RIVER, MILL, RIVER):
            assert await play(schedule, fake, prompt) == 0
        assert events == ["query"] * 3
        assert not list((tmp_path / "model").glob("*.kv"))
        await schedule.close()


async def test_a_folder_that_cannot_be_written_costs_no_reply(tmp_path) -> None:
    (tmp_path / "slots").write_text("a file")
    async with engine(tmp_path / "slots") as fake:
        schedule, events = scheduler(fake, 1)
        for prompt in (RIVER, MILL):
            await play(schedule, fake, prompt)
        assert (fake.actions, events) == ([], ["query"] * 2)
        await schedule.close()


async def test_requests_wait_their_turn_and_one_that_hangs_up_frees_its_slot(tmp_path) -> None:
    async with engine(tmp_path) as fake:
        schedule, _ = scheduler(fake, 1)
        entered, leave = asyncio.Event(), asyncio.Event()

        async def hold() -> None:
            async with schedule.assign(fake.address, "key", RIVER):
                entered.set()
                await leave.wait()

        holding = asyncio.ensure_future(hold())
        await entered.wait()
        waiting = asyncio.ensure_future(play(schedule, fake, RIVER))
        given_up = asyncio.ensure_future(play(schedule, fake, MILL))
        await asyncio.sleep(0)
        assert not waiting.done()
        given_up.cancel()
        holding.cancel()
        assert await asyncio.wait_for(waiting, HUNG) == 0
        await schedule.close()


@every_row(
    ("document", "text"),
    [
        ({"prompt": "You row."}, "You row."),
        ({"prompt": ["You", "row."]}, ""),
        ({"prompt": 7}, ""),
        ({}, ""),
        ({"messages": [{"role": "user", "content": "ü"}]}, '[{"role": "user", "content": "ü"}]'),
    ],
)
def test_the_text_of_a_request(document, text) -> None:
    assert prompt_text(document) == text
