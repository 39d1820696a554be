"""What both front ends say of scripts: the list, their settings, and what a turn owes to them."""

from collections.abc import Iterator

from dungeon.scripts.active import ActiveScripts
from dungeon.scripts.library import FoundScript, ScriptLibrary, Status
from dungeon.scripts.setting import Setting, show

_HOOKS = {"on_input": "your action", "on_context": "the prompt", "on_output": "the reply"}

HINT = (
    "/scripts on NAME and /scripts off NAME switch one, /scripts trust NAME trusts a file,\n"
    "/scripts revoke NAME takes that back, /scripts set NAME SETTING VALUE changes a setting."
)


def script_lines(library: ScriptLibrary) -> Iterator[str]:
    """Yield every script with its status, hooks and settings. Blocks. Raises InputRefused."""
    found = library.find()
    if not found:
        yield f"There are no scripts. They are Python files in {library.folder}."
    for each in found:
        yield f"{each.name} ({each.status}): {summary(each)}"
        if each.script:
            for setting in each.script.settings:
                yield f"    {setting_line(each, setting)}"
    for name in library.misnamed():
        yield f"{name} is no script: a name has small letters, digits, - and _."


def active_setting_lines(active: ActiveScripts) -> Iterator[str]:
    """Yield the settings of the scripts that are on, as /settings lists them."""
    settings = [(each, setting) for each in active.loaded for setting in each.script.settings]
    if settings:
        yield "Settings of scripts, changed with /scripts set NAME SETTING VALUE:"
    for each, setting in settings:
        value, usual = show(each.values[setting.name]), show(setting.default)
        yield f"{each.name} {setting.name} {value} (default {usual})"
        yield f"    {setting.summary} It is {setting.allowed}."


def summary(found: FoundScript) -> str:
    """Return one line on a script: what it is for and may change, or why it is not on."""
    if found.status is Status.BROKEN:
        return f"It {found.problem}. {found.origin}"
    if found.script is None:
        return f"SHA-256 {found.short_hash}…, {found.origin}" if found.is_file else found.origin
    hooks = [what for name, what in _HOOKS.items() if getattr(found.script, name)]
    changes = f" It may change {' and '.join(hooks)}." if hooks else " It has no hooks."
    problem = f" It {found.problem}" if found.problem else ""
    return f"{found.script.summary}{changes}{problem}"


def setting_line(found: FoundScript, setting: Setting) -> str:
    """Return a setting on one line: its value, what it may be, and what it does."""
    value = show(found.values[setting.name])
    return f"{setting.name} = {value} ({setting.allowed}): {setting.summary}"
