"""A PostgreSQL server of the tests' own, in a temporary folder, on a Unix socket only."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_USER = "grue"
_FAST = "fsync=off full_page_writes=off shared_buffers=16MB"

_ACCESS = """
local all guest scram-sha-256
local all all trust
"""
"""The user `guest` needs a password, and has none."""


def find_programs() -> Path | None:
    """Return the folder of initdb and pg_ctl, or None if no server is installed."""
    folders = [*Path("/usr/lib/postgresql").glob("*/bin")]  # Debian leaves them out of PATH
    found = shutil.which("initdb")
    if found:
        folders.append(Path(found).resolve().parent)
    usable = [folder for folder in folders if (folder / "pg_ctl").exists()]
    return max(usable, default=None)


@contextmanager
def serve(programs: Path) -> Iterator["Server"]:
    """Create and start a server for as long as the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="grue-pg-"))
    server = Server(programs, folder)
    try:
        if os.geteuid() == 0:  # the server refuses to run as root
            shutil.chown(folder, "nobody")
        server.run("initdb", "-A", "trust", "-U", _USER, "-N", "-E", "UTF8", "--locale=C")
        (folder / "data" / "pg_hba.conf").write_text(_ACCESS)
        server.start()
        server.add_users()
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder)


class Server:
    """A server that can be stopped and started again."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.folder = folder
        self.url = f"postgresql://{_USER}@/postgres?host={folder}"
        self._programs = programs

    def start(self) -> None:
        """Start, and wait until it answers."""
        settings = " ".join(f"-c {setting}" for setting in _FAST.split())
        options = f"-k {self.folder} -c listen_addresses='' {settings}"
        self.run("pg_ctl", "start", "-w", "-l", str(self.folder / "log"), "-o", options)

    def stop(self) -> None:
        """Stop at once, ending every connection."""
        self.run("pg_ctl", "stop", "-m", "immediate")

    def run(self, program: str, *arguments: str) -> None:
        """Run one of the server's programs on its data, as a user who is not root."""
        command = [self._programs / program, "-D", self.folder / "data", *arguments]
        user = "nobody" if os.geteuid() == 0 else None
        done = subprocess.run(
            command, check=False, user=user, cwd=self.folder, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def add_users(self) -> None:
        """Create one user who may read only, and one who cannot log in."""
        import psycopg

        with psycopg.connect(self.url) as connection:
            connection.execute("CREATE ROLE reader LOGIN; CREATE ROLE guest LOGIN")

    def empty(self) -> None:
        """Delete every row; the tables stay."""
        import psycopg

        with psycopg.connect(self.url) as connection:
            connection.execute("SET lock_timeout = '10s'")
            if connection.execute("SELECT to_regclass('adventures')").fetchone()[0]:
                connection.execute(
                    "TRUNCATE adventures, turns, drafts, revisions, story_summaries, "
                    "state_events, runs, turns_search"
                )
