"""Say outside the app, too, which files in the player's themes folder are no themes."""

from pathlib import Path

from dungeon.settings.themes import theme_files


def own_theme_problems(folder: Path) -> tuple[str, ...]:
    """Return a sentence for each file in `folder` that is no theme.

    Textual, which knows what a colour is, is imported only where there are any files.
    """
    if not theme_files(folder):
        return ()
    from dungeon.tui.theme_files import load_themes

    problems: list[str] = []
    load_themes(folder, problems.append)
    return tuple(problems)
