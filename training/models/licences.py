"""Combine the licences of a base model and of its training data into that of a model.

Nothing is guessed: where licences differ, or one is unknown, the model's is `other`, as the Hugging
Face hub calls what has no single identifier.
"""

import re
from collections.abc import Iterable

OTHER = "other"
UNKNOWN = "unknown"

_UNCONDITIONAL = {"cc0-1.0", "cc-pddc", "unlicense", "licenseref-public-domain"}
"""Dedications to the public domain: they ask for nothing, and add nothing to another licence."""

_NOT_STATED = {"", UNKNOWN, "none", "noassertion", OTHER}

_HUB_IDENTIFIERS = re.compile(
    r"mit|apache-2\.0|isc|zlib|unlicense|wtfpl|cc0-1\.0|cc-by(?:-nc)?(?:-sa|-nd)?-[234]\.0|bsd"
    r"|bsd-[23]-clause(?:-clear)?|bsl-1\.0|mpl-2\.0|artistic-2\.0|osl-3\.0|afl-3\.0|ms-pl|ncsa"
    r"|postgresql|ofl-1\.1|epl-[12]\.0|eupl-1\.[12]|ecl-2\.0|gfdl|odbl|pddl"
    r"|agpl-3\.0|gpl-[23]\.0|lgpl-(?:2\.1|3\.0)|openrail|bigscience-openrail-m|creativeml-openrail-m"
    r"|llama[234](?:\.\d)?|gemma"
)
"""Those that the hub accepts in a model card; the version suffixes of SPDX are none of them."""


def combine(licences: Iterable[str]) -> str:
    """Return the one licence of all, or `other` where they differ or one is unknown."""
    names = {licence.strip() for licence in licences}
    if any(name.lower() in _NOT_STATED for name in names):
        return OTHER
    by_identifier = {name.lower(): name for name in sorted(names)}
    binding = by_identifier.keys() - _UNCONDITIONAL or by_identifier.keys()
    return by_identifier[min(binding)] if len(binding) == 1 else OTHER


def hub_identifier(licence: str) -> str:
    """Return the identifier of a licence in a model card; `other` where the hub has none for it."""
    name = re.sub(r"-(?:only|or-later)$", "", licence.strip().lower())
    return name if _HUB_IDENTIFIERS.fullmatch(name) else OTHER


def is_known(licence: str) -> bool:
    """Whether a licence is stated at all."""
    return licence.strip().lower() not in _NOT_STATED
