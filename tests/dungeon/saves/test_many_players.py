"""Many players in one database, while the server is killed: nothing lost, nothing twice."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event

import pytest

from dungeon.errors import SavesError
from dungeon.saves.library import Library
from dungeon.story import Action, Adventure, Kind, Provenance
from dungeon.turns.adventure_store import AdventureStore
from tests.dungeon.saves import tales
from tests.dungeon.saves.postgresql_server import Server

PLAYERS, TURNS, AT_ONCE, KILLS = 200, 50, 16, 2


@pytest.mark.soak
def test_no_turn_of_many_players_is_lost_while_the_server_is_killed(
    postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    games: list[tuple[Library, AdventureStore]] = []
    for number in range(PLAYERS):
        monkeypatch.setenv("GRUE_PLAYER", f"Player {number}")
        library = Library.open(postgresql.url)
        adventure = tales.opened(f"Adventure {number}")
        library.create(adventure)
        games.append((library, AdventureStore(library, adventure)))
        library.close()
    played = [Event() for _ in games]

    def play(number: int) -> int:
        """Play every turn; return how many were not saved at once."""
        library, store = games[number]
        warnings = 0
        for turn in range(TURNS):
            text = f"Turn {turn} of player {number}."
            action = Action(Kind.DO, "You go on.")
            warnings += bool(store.commit(store.adventure.head, action, text, Provenance())[1])
        while store.unsaved:
            with suppress(SavesError):
                store.flush()
        library.close()
        played[number].set()
        return warnings

    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = pool.map(play, range(PLAYERS))
        for kill in range(1, KILLS + 1):
            played[kill * PLAYERS // (KILLS + 1)].wait()
            postgresql.stop()
            postgresql.start()
        failed = sum(results)
    assert failed > 0, "no kill met a turn that was being saved"
    print(f"{PLAYERS * TURNS} turns, {failed} not saved at once")
    for number, (library, store) in enumerate(games):
        kept = store.adventure
        loaded = library.load(kept.id)
        assert _hashes(loaded) == _hashes(kept), f"player {number}"
        assert len(loaded.turns) == TURNS + 1, f"player {number} has a turn twice"
        assert [each.id for each in library.summaries()] == [kept.id]
        library.close()


def _hashes(adventure: Adventure) -> list[str]:
    return [turn.sha256 for turn in adventure.path()]
