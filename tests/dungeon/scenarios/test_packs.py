"""Packs of scenarios: what is installed, what is refused, and that nothing is replaced."""

import io
import stat
import zipfile
from pathlib import Path

import httpx
import pytest

from dungeon import scenarios
from dungeon.errors import InputRefused, NotSaved
from dungeon.scenarios import pack_store, packs
from dungeon.scenarios.pack_download import download_pack
from dungeon.scenarios.packs import Manifest, pack_from_bytes, read_pack
from tests.rows import every_row

MANIFEST = 'title = "Rain"\nauthor = "Ada\\u001b[2J"\nlicence = "CC-BY-4.0"\n'
WELL = 'title = "The Well"\nopening = "You lean over the well.\\u202e"\n'
PACK = {"pack.toml": MANIFEST, "well.toml": WELL, "lamp.toml": WELL.replace("Well", "Lamp")}


def _zip(files: dict[str, str | bytes], **options: int) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", **options) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return data.getvalue()


def _read(data: bytes) -> packs.Pack:
    return pack_from_bytes(data, name="rain", source="rain.zip")


def _install(pack: packs.Pack, folder: Path) -> pack_store.Installation:
    taken = {*scenarios.own_files(folder), *scenarios.shipped_names()}
    return pack_store.install(pack, folder, taken)


@pytest.mark.parametrize("prefix", ["", "rain-main/"])
def test_a_zip_is_installed_cleaned_beside_what_is_there(tmp_path, prefix):
    pack = _read(_zip({prefix + name: text for name, text in PACK.items()}))
    assert pack.manifest == Manifest("Rain", "Ada[2J", "CC-BY-4.0")
    done = _install(pack, tmp_path)
    assert done.name == "rain"
    assert done.renamed == ("lamp is called lamp-2 here: the name was taken.",)
    assert scenarios.load("well", folder=tmp_path).opening == "You lean over the well."
    assert scenarios.load("lamp", folder=tmp_path).title == "The Lamp Is Low"
    assert scenarios.load("lamp-2", folder=tmp_path).title == "The Lamp"
    with pytest.raises(InputRefused, match="installed already"):
        _install(pack, tmp_path)
    assert [found.scenarios for found in pack_store.installed_packs(tmp_path)] == [
        ("lamp-2", "well")
    ]
    pack_store.remove_pack("rain", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_a_pack_and_a_file_is_a_scenario(tmp_path):
    folder = tmp_path / "Rainy Days"
    folder.mkdir()
    for name, text in {**PACK, "readme.txt": "Hello", "bad.toml": "title ="}.items():
        (folder / name).write_text(text)
    pack = read_pack(folder)
    assert pack.name == "rainy-days"
    assert [scenario.name for scenario in pack.scenarios] == ["lamp", "well"]
    bad, readme = pack.skipped
    assert "bad.toml is not valid TOML" in bad
    assert readme.endswith("readme.txt: it is not a .toml file.")
    home = tmp_path / "home"
    assert _install(read_pack(folder / "well.toml"), home).name == "well"
    with pytest.raises(InputRefused, match="installed already"):
        _install(read_pack(folder / "well.toml"), home)
    (home / "well.toml").write_text(WELL.replace("lean", "look"))
    assert _install(read_pack(folder / "well.toml"), home).name == "well-2"
    assert "look" in scenarios.load("well", folder=home).opening


def test_a_pack_that_cannot_be_written_leaves_nothing(tmp_path, monkeypatch):
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pack_store, "_write", fail)
    with pytest.raises(NotSaved, match="No space left"):
        _install(_read(_zip(PACK)), tmp_path)
    assert list(tmp_path.iterdir()) == []


def _link() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        entry = zipfile.ZipInfo("well.toml")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    return data.getvalue()


BOMB = "#" * 2_000_000


@every_row(
    ("data", "reason"),
    [
        (_zip({**PACK, "../evil.toml": WELL}), "a path outside of itself, ../evil.toml"),
        (_zip({**PACK, "/evil.toml": WELL}), "outside of itself"),
        (_zip({**PACK, "C:evil.toml": WELL}), "outside of itself"),
        (_zip({**PACK, "a\\..\\evil.toml": WELL}), "outside of itself"),
        (_link(), "outside of itself"),
        (_zip({"well.toml": WELL}), "has no pack.toml"),
        (_zip({"pack.toml": MANIFEST}), "holds no scenario"),
        (_zip({"pack.toml": 'author = "Ada"', "well.toml": WELL}), "`title` is missing"),
        (_zip({"pack.toml": 'title = "R"\nlicense = "X"'}), "Did you mean `licence`"),
        (_zip({f"{number}.toml": WELL for number in range(201)}), "at most 200"),
        (_zip(PACK)[:-30], "damaged zip"),
        (BOMB.encode(), "neither a zip file nor a scenario"),
        (b"\xff\xfe\x00\xd8", "is not UTF-8 text: the byte at offset 0 does not fit. Save it as"),
        (b"GIF89a", "not valid TOML"),
    ],
)
def test_hostile_and_broken_packs_are_refused(data, reason):
    with pytest.raises(InputRefused) as refused:
        _read(data)
    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)


@every_row("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
def test_a_bomb_within_a_pack_is_skipped_with_a_note(method):
    data = _zip({"bomb.toml": BOMB}, compression=method)
    with pytest.raises(InputRefused):
        _read(data)
    packed = io.BytesIO(_zip(PACK))
    with zipfile.ZipFile(packed, "a", compression=method) as archive:
        archive.writestr("bomb.toml", BOMB)
        archive.writestr("a/b/deep.toml", WELL)
    pack = _read(packed.getvalue())
    assert len(pack.scenarios) == 2
    assert [note.split(": ", 1)[0] for note in pack.skipped] == ["rain.zip"] * 2
    assert "larger than 256 KiB" in pack.skipped[0] or "method" in pack.skipped[0]


UNREAD = httpx.ByteStream(b"x")


def _answer(request: httpx.Request) -> httpx.Response:
    match request.url.path:
        case "/rain.zip":
            return httpx.Response(200, content=_zip(PACK))
        case "/moved.zip":
            return httpx.Response(302, headers={"Location": "http://example.org/rain.zip"})
        case "/page":
            return httpx.Response(200, html="<p>Rain</p>")
        case "/endless.zip":
            return httpx.Response(200, content=(b"x" * 2**20 for _ in range(1000)))
        case "/packed.zip":
            return httpx.Response(200, headers={"Content-Encoding": "br"}, stream=UNREAD)
        case "/loop":
            return httpx.Response(302, headers={"Location": "/loop"})
    return httpx.Response(404)


def test_a_pack_is_downloaded():
    pack = download_pack("https://example.org/rain.zip", transport=httpx.MockTransport(_answer))
    assert (pack.name, len(pack.scenarios)) == ("rain", 2)


@every_row(
    ("path", "reason"),
    [
        ("moved.zip", "not encrypted"),
        ("page", "a web page"),
        ("packed.zip", "a compressed stream"),
        ("endless.zip", "more than 8 MiB"),
        ("loop", "could not be downloaded"),
        ("none.zip", "status 404"),
    ],
)
def test_a_download_that_is_no_pack_is_refused(path, reason):
    with pytest.raises(InputRefused) as refused:
        download_pack(f"https://example.org/{path}", transport=httpx.MockTransport(_answer))
    assert reason in str(refused.value)
