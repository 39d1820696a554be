"""Tests that the header of any file is read within bounds, or refused."""

import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dungeon.errors import WeightsError
from dungeon.models.gguf_header import GgufHeader, read_header
from tests.dungeon.models.tiny import write_model

START = b"GGUF" + struct.pack("<IQQ", 3, 0, 1)


def key(name=b"k"):
    return struct.pack("<Q", len(name)) + name


HOSTILE = {
    "empty": b"",
    "text": b"once upon a time",
    "version": b"GGUF" + struct.pack("<IQQ", 9, 0, 0),
    "big endian": b"GGUF" + struct.pack(">IQQ", 3, 0, 0),
    "too many keys": b"GGUF" + struct.pack("<IQQ", 3, 0, 2**63),
    "missing keys": b"GGUF" + struct.pack("<IQQ", 3, 0, 4000),
    "long key": START + struct.pack("<Q", 2**64 - 1),
    "long text": START + key() + struct.pack("<IQ", 8, 2**62),
    "endless array": START + key() + struct.pack("<IIQ", 9, 8, 2**61),
    "wide array": START + key() + struct.pack("<IIQ", 9, 10, 2**61),
    "nested array": START + key() + struct.pack("<IIQ", 9, 9, 1),
    "unknown kind": START + key() + struct.pack("<I", 77),
}


def test_the_metadata_of_a_model(tmp_path):
    write_model(tmp_path / "tiny.gguf")
    assert read_header(tmp_path / "tiny.gguf") == GgufHeader(
        "llama", "Tiny", 512, "F32", "apache-2.0"
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused(tmp_path, name):
    path = tmp_path / "odd.gguf"
    path.write_bytes(HOSTILE[name])
    with pytest.raises(WeightsError, match=r"odd\.gguf is no GGUF model file"):
        read_header(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(WeightsError, match="cannot be read"):
        read_header(tmp_path / "none.gguf")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_changed_file_is_read_or_refused(tmp_path, data):
    path = tmp_path / "tiny.gguf"
    if not path.exists():
        write_model(path)
    whole = path.read_bytes()[:1200]
    place = data.draw(st.integers(0, len(whole) - 9))
    changed = whole[:place] + data.draw(st.binary(max_size=8)) + whole[place + 8 :]
    other = tmp_path / "changed.gguf"
    other.write_bytes(changed)
    try:
        header = read_header(other)
    except WeightsError:
        return
    assert header.name == "".join(c for c in header.name if c.isprintable())
