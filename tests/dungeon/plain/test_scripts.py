"""Scripts in line mode: trusted, set, used and switched off by slash lines."""

import io

from dungeon.plain.line_reader import LineReader
from dungeon.plain.repl import Repl
from dungeon.plain.text_writer import TextWriter
from dungeon.scripts.loading import read_file
from dungeon.session import Session
from dungeon.session.launcher import LaunchOptions
from dungeon.settings import load
from tests.dungeon.scripts.sources import SHOUT, make_home, scripted


class Terminal(io.StringIO):
    """Shows each sentence as it comes, as a terminal does."""

    def isatty(self) -> bool:
        return True


async def test_a_script_is_trusted_set_used_and_switched_off(tmp_path):
    home = make_home(tmp_path, shout=SHOUT)
    digits = read_file(home.scripts / "shout.py").sha256[:12]
    session = Session(home, load(home.settings), seed=7, generator=scripted())
    out, messages = Terminal(), io.StringIO()
    lines = [
        "/scripts", "/scripts trust shout", "look", f"/scripts trust shout {digits}",
        "/scripts set shout volume 4", "/scripts set shout volume", "/scripts set shout volume 99",
        "wait", "/why", "/scripts", "/settings", "/scripts off shout", "/scripts on",
        "/scripts shout",
    ]  # fmt: skip
    typed = io.StringIO("".join(f"{line}\n" for line in lines))
    repl = Repl(session, LineReader(typed), TextWriter(out), messages)
    await repl.run(LaunchOptions(scenario="lamp"))
    await session.close()
    shown, said = out.getvalue(), messages.getvalue()
    assert "shout (not trusted): SHA-256" in shown
    assert f"To trust it: /scripts trust shout {digits}" in said
    assert "The room is low" in shown
    assert "RAIN BEGINS ON THE ROOF!!!!" in shown
    assert "Rain begins" not in shown  # what may still be changed is not shown
    assert "told instead" not in said
    assert f"The script shout ({digits}) changed the reply." in said
    assert "volume = 4 (a whole number from 0 to 9): How loud." in shown
    assert "shout volume 4 (default 3)\n      How loud. It is a whole number from 0 to 9." in shown
    assert "volume is 4 (default 3), a whole number from 0 to 9. How loud." in said
    assert "`volume` must be a whole number from 0 to 9, not 99." in said
    assert "The script shout is off." in said
    assert "Say which script, behind /scripts on." in said
    assert "Try /scripts, /scripts on NAME" in said
    chosen = load(home.settings)
    assert chosen.script_settings == {"shout": {"volume": 4}}
    assert chosen.scripts_off == ("shout",)
