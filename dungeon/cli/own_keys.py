"""Say outside the app, too, what is wrong with the keys that the player has chosen."""

from dungeon.settings import Settings


def own_key_problems(settings: Settings) -> tuple[str, ...]:
    """Return a sentence for everything that is wrong with `keys` in the settings.

    The app is imported only where there are any: its screens know what the bindings are called.
    """
    if not settings.keys:
        return ()
    from dungeon.tui.app import GrueApp
    from dungeon.tui.key_check import key_problems

    return tuple(key_problems(settings.keys, GrueApp))
