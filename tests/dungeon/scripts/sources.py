"""Provides a home with script files, and a model whose replies are known."""

from pathlib import Path

from dungeon.files.home import Home
from dungeon.generator.scripted import ScriptedGenerator

SHOUT = """
from dungeon.scripts import Script, Setting

def shout(reply, turn):
    return reply.upper().rstrip(".") + "!" * turn.settings["volume"]

SCRIPT = Script(
    "Shouts.", on_output=shout,
    settings=(Setting("volume", 3, "How loud.", minimum=0, maximum=9),),
)
"""


def make_home(folder: Path, **scripts: str) -> Home:
    home = Home(folder / "grue")
    home.scripts.mkdir(parents=True)
    for name, source in scripts.items():
        (home.scripts / f"{name}.py").write_text(source)
    return home


def scripted() -> ScriptedGenerator:
    return ScriptedGenerator(["The room is low.", "Rain begins on the roof."])
