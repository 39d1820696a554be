"""Files that are made to harm: each is refused, and nothing that is here changes."""

import base64
import io
import json
import os
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest

from dungeon import transfer
from dungeon.cli import main
from dungeon.errors import InputRefused
from dungeon.files.home import Home
from dungeon.saves.library import Library
from dungeon.text import clean
from tests.dungeon.saves import tales
from tests.dungeon.transfer import samples


def _zip_bomb() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("story.json", b"0" * 50_000_000)
    return data.getvalue()


def _picture(text: bytes, kind: bytes = b"tEXt") -> bytes:
    return samples.png((kind, b"chara\0" + text))


def _with(**fields: object) -> bytes:
    return json.dumps(samples.KOBOLD | fields).encode()


_BOMB = b"\0" + zlib.compress(b"A" * 100_000_000, 9)
_DEEP_CARD = base64.b64encode(b'{"name":' * 100_000)

HOSTILE = {
    "a zip": (_zip_bomb(), "is not UTF-8 text"),
    "a picture with a bomb": (_picture(_BOMB, b"zTXt"), "more than 8,192 KiB"),
    "a picture with a broken text": (_picture(b"\0nonsense", b"zTXt"), "cannot be decompressed"),
    "a picture with deep JSON": (_picture(_DEEP_CARD), "too deep"),
    "a picture without a card": (samples.png(), "without a character card"),
    "a picture cut off": (_picture(b"e30=")[:60], "cut off"),
    "a picture with no base64": (_picture(b"{}"), "not base64"),
    "a chunk longer than the file": (samples.png()[:8] + b"\xff" * 12, "cut off"),
    "deep lists": (b"[" * 200_000, "too deep"),
    "deep lists that parse": (b"[" * 500 + b"]" * 500, "too deep"),
    "millions of lists": (b"[" + b"[]," * 2_000_000 + b"[]]", "400,000 brackets"),
    "one key twice among many": (
        b"{" + b"".join(b'"k%d":0,' % n for n in range(60_000)) + b'"k59999":0}',
        "“k59999” stands twice",
    ),
    "a long number": (b'{"prompt": ' + b"9" * 100_000 + b"}", "more digits"),
    "NaN": (b'{"prompt": NaN}', "NaN"),
    "broken UTF-8": (b'{"gamestarted": "\xff\xfe"}', "is not UTF-8 text"),
    "NULs": (b"\0" * 1_000_000, "none of the formats"),
    "a NUL in JSON": (b'{"prompt": "\0"}', "control character"),
    "a lone surrogate": (
        b'{"gamestarted": true, "prompt": "\\ud800", "actions": []}',
        "half of a pair",
    ),
    "a number for a text": (_with(prompt=7), "tale.prompt: must be a string"),
    "an object for a list": (_with(worldinfo=[], actions=[{}]), "tale.actions[0]: must be"),
    "an empty story": (_with(prompt="", actions=[]), "there is no story in it"),
    "a huge file": (b"x" * (transfer.MAX_BYTES + 1), "too large"),
    "MessagePack that claims a long list": (
        json.dumps(
            {
                "storyContainerVersion": 1,
                "content": {"document": base64.b64encode(b"\xdd\xff\xff\xff\xff").decode()},
            }
        ).encode(),
        "not a document that Grue can read",
    ),
    "deep MessagePack": (
        json.dumps(
            {
                "storyContainerVersion": 1,
                "content": {"document": base64.b64encode(b"\x91" * 100_000).decode()},
            }
        ).encode(),
        "not a document that Grue can read",
    ),
    "keys that are no numbers": (
        json.dumps(samples.KOBOLD_2 | {"actions": {"actions": {"²": {}}}}).encode(),
        "must have numbers as keys",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_its_name(tmp_path: Path, name: str) -> None:
    data, reason = HOSTILE[name]
    file = tmp_path / "tale"
    file.write_bytes(data)
    with pytest.raises(InputRefused) as refused:
        transfer.read_file(file)
    assert "tale" in str(refused.value)
    assert reason in str(refused.value)
    assert len(str(refused.value)) < 400


def test_refused_imports_leave_every_byte(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = Home(tmp_path / "home")
    with Library.open(home.saves) as library:
        library.create(tales.branched())
    before = home.saves.read_bytes()
    files = []
    for number, (data, _) in enumerate(HOSTILE.values()):
        files.append(tmp_path / f"{number}.json")
        files[-1].write_bytes(data)
    with pytest.raises(SystemExit) as left:
        main(["saves", "--data-dir", str(home.root), "import", *map(str, files)])
    assert left.value.code == 2
    assert home.saves.read_bytes() == before
    assert f"{len(files)} of {len(files)} files" in capsys.readouterr().err


_READ_ALL = """
import sys, time
from pathlib import Path
from dungeon import transfer
from dungeon.errors import InputRefused
for file in map(Path, sys.argv[1:]):
    began = time.process_time()
    try:
        transfer.read_file(file)
        raise SystemExit(f"{file} was read")
    except InputRefused:
        print(file.name, time.process_time() - began)
status = Path("/proc/self/status").read_text()
print("peak", status.partition("VmHWM:")[2].split()[0])  # ru_maxrss would be that of the parent
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory in /proc")
def test_a_hostile_file_is_refused_within_a_second_and_256_mib(tmp_path: Path) -> None:
    files = []
    for number, (data, _) in enumerate(HOSTILE.values()):
        files.append(tmp_path / f"{number}.json")
        files[-1].write_bytes(data)
    command = [sys.executable, "-c", _READ_ALL, *map(str, files)]
    root = Path(__file__).parents[3]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    *read, (_, peak) = (line.split() for line in done.stdout.splitlines())
    assert len(read) == len(HOSTILE)
    assert max(float(seconds) for _, seconds in read) < 1  # of the processor
    assert int(peak) < 256 * 1024


def test_escape_sequences_do_not_reach_story_title_report_or_scenario(tmp_path: Path) -> None:
    steer = "\x1b]52;c;x\x07\u202e\x9b2J\u200b"
    document = samples.DUMP | {"title": f"T{steer}", f"field{steer}": 1, "memory": f"M{steer}"}
    document["actionWindow"] = [{"text": f"A door.{steer}", "type": "start"}]
    file = tmp_path / "tale.json"
    file.write_text(json.dumps(document), "utf-8")
    found = transfer.read_file(file)
    (adventure,) = found.adventures
    shown = [adventure.title, adventure.memory, *found.report.lines()]
    shown += [turn.text for turn in adventure.path()]
    assert all(clean(text) == text for text in shown)
    card = {**samples.CARD["data"], "name": f"Mira{steer}", "first_mes": f"Hello.{steer}"}
    file.write_text(json.dumps(card), "utf-8")
    (scenario, *_) = transfer.read_file(file).scenarios
    assert clean(scenario.title + scenario.opening) == scenario.title + scenario.opening
