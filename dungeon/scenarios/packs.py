"""Read packs of scenarios: one TOML file, a folder, or a zip file, with a manifest.

A pack comes from a stranger. Sizes are capped before anything is read, paths are never followed,
and every text passes the parser of scenarios. Nothing is stored here.
"""

import io
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dungeon.errors import InputRefused
from dungeon.files.toml_file import describe, parse, refuse_unknown
from dungeon.scenarios.pack_folders import MANIFEST
from dungeon.scenarios.parser import MAX_FILE_BYTES, from_toml
from dungeon.scenarios.writer import file_name
from dungeon.story import Scenario
from dungeon.text import clean_line, clean_path
from dungeon.text.encoding import decode_from, read_bytes

MAX_BYTES = 8 * 1024 * 1024
"""Of a zip file, or of what a URL sends."""
MAX_FILES = 200

_MANIFEST_LIMITS = {"title": 80, "author": 80, "licence": 80}
_ZIP_MAGIC = b"PK\x03\x04"
_ENCRYPTED = 0x1
_ADVICE = "Ask its author for a smaller one."


@dataclass(frozen=True, slots=True)
class Manifest:
    """Who made a pack, and on which terms it may be shared."""

    title: str
    author: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Pack:
    """What was read from a pack."""

    name: str
    """The name of its file or folder."""
    manifest: Manifest | None
    """None where it is a single scenario."""
    scenarios: tuple[Scenario, ...]
    skipped: tuple[str, ...]
    """A sentence for each file that is not taken."""


def read_pack(path: Path) -> Pack:
    """Return the pack in the file or folder at `path`. Raises InputRefused."""
    if path.is_dir():
        return _from_files(file_name(path.resolve().name), _folder_files(path), clean_path(path))
    data = read_bytes(path, max_bytes=MAX_BYTES, advice=_ADVICE)
    return pack_from_bytes(data, name=path.stem, source=clean_path(path))


def pack_from_bytes(data: bytes, *, name: str, source: str) -> Pack:
    """Return the pack in `data`: a zip file, or one scenario as TOML. Raises InputRefused."""
    if data.startswith(_ZIP_MAGIC):
        return _from_files(file_name(name), _zip_files(data, source), source)
    if len(data) > MAX_FILE_BYTES:
        raise InputRefused(
            f"{source} is neither a zip file nor a scenario: a scenario has at most 256 KiB."
        )
    scenario = from_toml(decode_from(source, data), name=file_name(name), source=source)
    return Pack(file_name(name), None, (scenario,), ())


def read_manifest(text: str, source: str) -> Manifest:
    """Return the manifest in the TOML document `text`. Raises InputRefused."""
    table = parse(text, source)
    refuse_unknown(table, _MANIFEST_LIMITS, source)
    fields = {}
    for key, limit in _MANIFEST_LIMITS.items():
        value = table.get(key, "")
        if not isinstance(value, str):
            raise InputRefused(
                f"{source}: `{key}` must be text in quotation marks, not {describe(value)}."
            )
        fields[key] = clean_line(value)
        if len(fields[key]) > limit:
            raise InputRefused(f"{source}: `{key}` has more than {limit} characters. Shorten it.")
    if not fields["title"]:
        raise InputRefused(f"{source}: `title` is missing. The list of scenarios shows it.")
    return Manifest(**fields)


def _from_files(name: str, files: Iterable[tuple[str, bytes | str]], source: str) -> Pack:
    """Return the pack made of `files`: each a path with its bytes, or why it is not read."""
    manifest = None
    found: dict[str, Scenario] = {}
    skipped: list[str] = []
    for path, data in files:
        place = f"{source}: {clean_line(path)}"
        if isinstance(data, str):
            skipped.append(f"{place}: {data}")
        elif PurePosixPath(path).name == MANIFEST:
            manifest = read_manifest(decode_from(place, data), place)
        else:
            scenario_name = file_name(PurePosixPath(path).stem)
            try:
                scenario = from_toml(decode_from(place, data), name=scenario_name, source=place)
            except InputRefused as error:
                skipped.append(str(error))
                continue
            if scenario_name in found:
                skipped.append(f"{place}: another file of the pack has the same name.")
            else:
                found[scenario_name] = scenario
    if manifest is None:
        raise InputRefused(
            f"{source} has no {MANIFEST}, so it is not a pack. It needs one with a title, an "
            "author and a licence."
        )
    if not found:
        raise InputRefused(
            " ".join([f"{source} holds no scenario that can be read.", *skipped[:3]])
        )
    return Pack(name, manifest, tuple(found.values()), tuple(skipped))


def _folder_files(folder: Path) -> Iterator[tuple[str, bytes | str]]:
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputRefused(f"{clean_path(folder)} could not be read: {reason}.") from error
    _check_count(len(entries), clean_path(folder))
    for path in entries:
        if path.suffix.lower() != ".toml":
            yield path.name, _NOT_A_SCENARIO
            continue
        try:
            yield path.name, read_bytes(path, max_bytes=MAX_FILE_BYTES, advice=_ADVICE)
        except InputRefused as error:
            yield path.name, str(error)


def _zip_files(data: bytes, source: str) -> Iterator[tuple[str, bytes | str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            _check_count(len(members), source)
            for member in members:
                _check_path(member, source)
            for member in members:
                yield member.filename, _member(archive, member)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise InputRefused(f"{source} is a damaged zip file. Fetch it anew.") from error


def _check_count(number: int, source: str) -> None:
    if number > MAX_FILES:
        raise InputRefused(f"{source} holds {number:,} files; a pack has at most {MAX_FILES}.")


def _check_path(member: zipfile.ZipInfo, source: str) -> None:
    """Refuse the whole archive for a path that leads out of it, or for a link."""
    path = PurePosixPath(member.filename)
    outside = path.is_absolute() or ".." in path.parts or "\\" in member.filename
    if outside or ":" in member.filename or stat.S_ISLNK(member.external_attr >> 16):
        raise InputRefused(
            f"{source} holds a path outside of itself, {clean_line(member.filename)[:80]}. "
            "Nothing of it was read."
        )


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes | str:
    """Return the bytes of a member, or why it is not read; never more than the limit."""
    path = PurePosixPath(member.filename)
    if path.suffix.lower() != ".toml" or path.name.startswith("."):
        return _NOT_A_SCENARIO
    if len(path.parts) > 2:  # the folder of the pack, and the file
        return "it is in a folder within the pack, where no scenario is looked for."
    if member.flag_bits & _ENCRYPTED:
        return "it is encrypted."
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "it is compressed by a method other than deflate."  # the others know no limit
    with archive.open(member) as file:
        data = file.read(MAX_FILE_BYTES + 1)
    return data if len(data) <= MAX_FILE_BYTES else "it is larger than 256 KiB."


_NOT_A_SCENARIO = "it is not a .toml file."
