"""Find the licence of a story file, and classify licences.

The nearest file that states a licence counts, from the story's folder upwards: `licences.json`
(which maps file and folder names to licences), else LICENSE, LICENCE, COPYING and the like. Nothing
is guessed: the licence of a text that is not recognised is `unknown`.
"""

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Literal

from corpus_scraper.graph import UNKNOWN_LICENCE
from dungeon.text.encoding import decode_lossy

LicenceClass = Literal["permissive", "share-alike", "copyleft", "unknown"]

HINTS = "licences.json"
"""A JSON object that maps names of files and folders beside it to SPDX identifiers."""

PUBLIC_DOMAIN = "LicenseRef-public-domain"
"""A work whose copyright has expired; SPDX has no identifier for it."""

MAX_BYTES = 256 * 1024
"""Bytes that are read of a licence file."""

_FILES = re.compile(
    r"(?:un)?licen[cs]e|copying|copyright|(?:li[cs]en[cs]e|copying)[-_.][\w.-]+", re.IGNORECASE
)
_SPDX = re.compile(r"SPDX-License-Identifier:[ \t]*([\w.+-]+)")
_CREATIVE = re.compile(
    r"creative\s?commons\.org/licenses/(by(?:-nc)?(?:-sa|-nd)?)/(\d\.\d)"
    r"|creative commons attribution(?P<nc>[- ]non-?commercial)?"
    r"(?:[- ](?P<sa>share-?alike)|[- ](?P<nd>no-?deriv\w+))?[- ](?P<version>\d\.\d)",
    re.IGNORECASE,
)

_PHRASES: tuple[tuple[str, str], ...] = (
    ("gnu affero general public license version 3", "AGPL-3.0-or-later"),
    ("gnu lesser general public license version 3", "LGPL-3.0-or-later"),
    ("gnu general public license version 3", "GPL-3.0-or-later"),
    ("gnu general public license version 2", "GPL-2.0-or-later"),
    ("mozilla public license version 2.0", "MPL-2.0"),
    ("apache license version 2.0", "Apache-2.0"),
    ("artistic license 2.0", "Artistic-2.0"),
    ("cc0 1.0", "CC0-1.0"),
    ("creativecommons.org/publicdomain/zero/1.0", "CC0-1.0"),
    ("this is free and unencumbered software released into the public domain", "Unlicense"),
    ("in the united states public domain", PUBLIC_DOMAIN),
    ("creativecommons.org/publicdomain/mark/1.0", PUBLIC_DOMAIN),
    ("altered source versions must be plainly marked as such", "Zlib"),
    ("permission to use, copy, modify, and/or distribute this software", "ISC"),
    ("permission is hereby granted, free of charge, to any person obtaining a copy", "MIT"),
    ("open data commons open database license", "ODbL-1.0"),
)
"""Phrases that identify a licence, the more specific ones first."""

_PERMISSIVE = re.compile(
    r"MIT(?:-0)?|(?:0BSD|BSD-[23]-Clause)|Apache-2\.0|ISC|Zlib|CC0-1\.0|Unlicense|CC-BY-\d\.\d"
    r"|CC-PDDC|BSL-1\.0|LicenseRef-public-domain",
    re.IGNORECASE,  # SPDX identifiers are compared so; the hub writes them in small letters
)
_SHARE_ALIKE = re.compile(r"CC-BY-SA-\d\.\d|ODbL-1\.0|OGL-\S+", re.IGNORECASE)
_COPYLEFT = re.compile(r"(?:[AL]?GPL|MPL|EUPL|GFDL|Artistic)-\d\S*", re.IGNORECASE)


def licence_class(licence: str) -> LicenceClass:
    """Return the class of an SPDX identifier; `unknown` also for a licence that is not free."""
    if _PERMISSIVE.fullmatch(licence):
        return "permissive"
    if _SHARE_ALIKE.fullmatch(licence):
        return "share-alike"
    return "copyleft" if _COPYLEFT.fullmatch(licence) else "unknown"


def find(path: Path, *, within: Path) -> str:
    """Return the SPDX identifier of the file or folder at `path`, or `unknown`.

    Its folder and those above it are searched, up to `within`.
    """
    folder = path if path.is_dir() else path.parent
    while True:
        licence = _hint(folder, path) or _stated(folder)
        if licence:
            return licence
        if folder in (within, folder.parent) or not folder.is_relative_to(within):
            return UNKNOWN_LICENCE
        folder = folder.parent


def is_licence_file(path: Path) -> bool:
    """Return whether a file states a licence, and so is no story."""
    is_text = path.suffix.lower() in {"", ".md", ".rst", ".txt"}  # license-to-kill.twee is a story
    return path.name == HINTS or (is_text and bool(_FILES.fullmatch(path.name)))


def _hint(folder: Path, path: Path) -> str:
    """Return the licence that the folder's hints give `path`; the longest name wins."""
    hints = _hints(folder)
    if not hints:
        return ""
    place = path.relative_to(folder).as_posix()
    matching = [name for name in hints if name == "." or f"{place}/".startswith(f"{name}/")]
    return hints[max(matching, key=len)] if matching else ""


@lru_cache(maxsize=1024)
def _hints(folder: Path) -> dict[str, str]:
    try:
        value = json.loads(_text(folder / HINTS))
    except (ValueError, RecursionError):
        return {}
    if not isinstance(value, dict):
        return {}
    return {
        name.strip("/") or ".": licence
        for name, licence in value.items()
        if isinstance(licence, str) and re.fullmatch(r"[\w.+-]{1,64}", licence)
    }


@lru_cache(maxsize=1024)
def _stated(folder: Path) -> str:
    """Return the licence that a file of this folder states; empty where there is no such file."""
    try:
        files = sorted(p for p in folder.iterdir() if _FILES.fullmatch(p.name) and p.is_file())
    except OSError:
        return ""
    stated = [identify(_text(file)) for file in files]
    known = [licence for licence in stated if licence != UNKNOWN_LICENCE]
    return known[0] if known else (UNKNOWN_LICENCE if files else "")


def _text(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return decode_lossy(opened.read(MAX_BYTES))
    except OSError:
        return ""


def identify(text: str) -> str:
    """Return the SPDX identifier of the licence whose text or URL is `text`, or `unknown`."""
    if spdx := _SPDX.search(text):
        return spdx.group(1)
    plain = " ".join(re.sub(r"[*_#,“”\"]+", " ", text.lower()).split())
    spaced = " ".join(text.lower().split())
    for phrase, licence in _PHRASES:
        if phrase in plain or phrase in spaced:
            return licence
    if "redistribution and use in source and binary forms" in plain:
        return "BSD-3-Clause" if "neither the name" in plain else "BSD-2-Clause"
    creative = _CREATIVE.search(spaced)
    return _creative(creative) if creative else UNKNOWN_LICENCE


_NOISE = re.compile(r"\b(?:the|licen[cs]e|version)\b|[,()]", re.IGNORECASE)
_SHORT = {"cc0": "CC0-1.0", "public-domain": PUBLIC_DOMAIN}


@lru_cache(maxsize=256)
def identifier(name: str) -> str:
    """Return the SPDX identifier of a licence as people name it, such as `CC BY 4.0`, `MIT License`
    or a URL; a name that is not recognised stays as it is.
    """
    short = "-".join(_NOISE.sub(" ", name).split())
    short = _SHORT.get(short.lower(), short)
    if licence_class(short) != "unknown":
        return short
    found = identify(name)
    return name if found == UNKNOWN_LICENCE else found


def _creative(found: re.Match[str]) -> str:
    if found.group(1):
        return f"CC-{found.group(1).upper()}-{found.group(2)}"
    kinds = (("nc", "-NC"), ("sa", "-SA"), ("nd", "-ND"))
    return (
        "CC-BY" + "".join(suffix for name, suffix in kinds if found[name]) + f"-{found['version']}"
    )
