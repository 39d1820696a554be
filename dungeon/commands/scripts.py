"""`/scripts`: which scripts there are, whether they run, and their settings."""

from dungeon.commands.effects import Effect, Message, OpenView, SaveSettings, View
from dungeon.errors import InputRefused
from dungeon.scripts.library import FoundScript
from dungeon.scripts.setting import show
from dungeon.threads import run_in_thread
from dungeon.turns.game import Game

RIGHTS = "It will run with all your rights: it can read, change, delete and send any file of yours."
"""What a player has to know before a file is trusted."""


async def scripts(game: Game, argument: str) -> Effect:
    """Show all scripts, or do what the first word says. Raises InputRefused or NotSaved."""
    verb, _, rest = argument.strip().partition(" ")
    name, _, more = rest.strip().partition(" ")
    match verb.lower():
        case "":
            return OpenView(View.SCRIPTS)
        case "trust" | "revoke" | "on" | "off" | "set" if not name:
            raise InputRefused(f"Say which script, behind /scripts {verb.lower()}.")
        case "trust":
            return await _trust(game, name, more)
        case "revoke":
            return await _revoke(game, name)
        case "on" | "off" as word:
            return await _switch(game, name, on=word == "on")
        case "set":
            return await _set(game, name, more)
    raise InputRefused(
        "Try /scripts, /scripts on NAME, /scripts off NAME, /scripts trust NAME, "
        "/scripts revoke NAME or /scripts set NAME SETTING VALUE."
    )


def trust_question(found: FoundScript) -> str:
    """Return what a player should do and know before trusting a file."""
    return f"Read {found.origin} first (SHA-256 {found.short_hash}…). {RIGHTS}"


async def _trust(game: Game, name: str, digits: str) -> Effect:
    if not digits:
        found = await run_in_thread(game.scripts.get, name)
        if not found.is_file:
            return Message(f"{name} was installed by a package, and needs no trust.")
        if found.is_trusted:
            return Message(f"The script {name} is trusted already.")
        return Message(
            f"{trust_question(found)} To trust it: /scripts trust {name} {found.short_hash}"
        )
    found = await game.change_scripts(lambda library: library.trust(name, digits))
    return Message(f"The script {name} is {_status(found)}.")


async def _revoke(game: Game, name: str) -> Effect:
    await game.change_scripts(lambda library: library.revoke(name))
    return Message(f"The script {name} is not trusted any more, and off.")


async def _switch(game: Game, name: str, *, on: bool) -> Effect:
    found = await game.change_scripts(lambda library: library.set_on(name, on=on))
    return SaveSettings(
        {"scripts_off": game.scripts.off}, f"The script {name} is {_status(found)}."
    )


async def _set(game: Game, name: str, rest: str) -> Effect:
    wanted, _, typed = rest.strip().partition(" ")
    setting, value = (await run_in_thread(game.scripts.get, name)).setting(wanted)
    if not typed.strip():
        return Message(
            f"{wanted} is {show(value)} (default {show(setting.default)}), {setting.allowed}. "
            f"{setting.summary}"
        )
    chosen = setting.parse(typed)
    await game.change_scripts(lambda library: library.set_value(name, setting, chosen))
    message = f"{wanted} of the script {name} is now {show(chosen)}."
    return SaveSettings({"script_settings": game.scripts.values}, message)


def _status(found: FoundScript) -> str:
    return f"{found.status}: it {found.problem}" if found.problem else str(found.status)
