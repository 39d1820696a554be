"""Which scripts are found, trusted and on, and their settings."""

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from dungeon.errors import InputRefused
from dungeon.scripts import Script, Setting, loading
from dungeon.scripts.library import ScriptLibrary, Status
from tests.dungeon.scripts.sources import SHOUT

INSTALLED = Script("Comes with a package.", settings=(Setting("size", 1.5, "How big."),))


@pytest.fixture(autouse=True)
def no_packages(monkeypatch):
    monkeypatch.setattr(loading, "entry_points", lambda group: ())


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "scripts").mkdir()
    return tmp_path / "scripts"


def library_of(folder: Path, **chosen) -> ScriptLibrary:
    return ScriptLibrary(folder, folder.parent / "trusted.toml", **chosen)


def test_a_file_is_off_until_it_is_trusted_by_its_hash_and_again_once_it_changes(folder):
    marker = folder / "ran"
    (folder / "shout.py").write_text(f"__import__('os').mkdir({str(marker)!r})\n{SHOUT}")
    library = library_of(folder)
    found = library.get("shout")
    assert found.status is Status.UNTRUSTED
    assert library.activate().names == ()
    assert not marker.exists()  # not even its first line was run
    for digits in ("", found.sha256[:11], "0" * 64):
        with pytest.raises(InputRefused, match=found.short_hash):
            library.trust("shout", digits)
    assert library.trust("shout", found.short_hash).status is Status.ON
    assert library.activate().names == ("shout",)  # its code was run once
    marker.rmdir()
    assert library_of(folder).activate().names == ("shout",)

    (folder / "shout.py").write_text(SHOUT + "\n# one line more")
    marker.rmdir()
    assert library_of(folder).get("shout").status is Status.CHANGED
    assert library_of(folder).activate().names == ()
    assert library.get("shout").status is Status.CHANGED  # in the game under way, too
    assert not marker.exists()
    (failure,) = library_of(folder).activate().take_failures()
    assert failure.startswith("The script shout has changed since you trusted it, and is off;")
    library.revoke("shout")
    assert library.get("shout").status is Status.UNTRUSTED
    assert library.activate().take_failures() == ()
    with pytest.raises(InputRefused, match="shout is not trusted"):
        library.revoke("shout")


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("1/0", "raised ZeroDivisionError"),
        ("def f(:", "raised SyntaxError"),
        ("import sys; sys.exit(3)", "raised SystemExit"),
        ("SCRIPT = 5", "defines no SCRIPT"),
        ("from dungeon.scripts import Script\nSCRIPT = Script('')", "raised ValueError"),
        (
            "from dungeon.scripts import Script, Setting\n"
            "SCRIPT = Script('Sets.', settings=[Setting('n', 5, 'A number.', maximum=3)])",
            "default of n",
        ),
        (
            "from dungeon.scripts import Script, Setting\n"
            "SCRIPT = Script('Sets.', settings=[Setting('n', 5, 'A \\x1b[2J number.')])",
            "summary of n must be one line",
        ),
        ("\xff".encode("latin-1"), "raised SyntaxError"),
    ],
)
def test_a_trusted_file_that_cannot_be_loaded_is_named_with_the_reason(folder, source, problem):
    source = source if isinstance(source, bytes) else source.encode()
    (folder / "bad.py").write_bytes(source)
    library = library_of(folder)
    found = library.trust("bad", library.get("bad").sha256)
    assert found.status is Status.BROKEN
    assert problem in found.problem
    active = library.activate()
    assert active.names == ()
    assert active.take_failures() == (f"The script bad {found.problem}; it is off.",)


def test_a_file_that_cannot_be_read_is_named(folder):
    (folder / "gone.py").symlink_to(folder / "nowhere")
    (found,) = library_of(folder).find()
    assert (found.status, found.problem) == (
        Status.BROKEN, "cannot be read (No such file or directory)",
    )  # fmt: skip


def test_scripts_are_switched_and_their_settings_checked(folder):
    (folder / "shout.py").write_text(SHOUT)
    library = library_of(folder, values={"shout": {"volume": "loud"}})
    found = library.trust("shout", library.get("shout").sha256)
    assert found.values == {"volume": 3}
    assert "must be a whole number from 0 to 9" in found.problem
    setting, _ = library.get("shout").setting("volume")
    library.set_value("shout", setting, setting.parse("7"))
    assert library.values == {"shout": {"volume": 7}}
    assert library.activate().loaded[0].values == {"volume": 7}
    library.set_value("shout", setting, setting.parse("default"))
    assert library.values == {}
    for typed in ("10", "-1", "2.5", "nan", "inf", "loud", "9" * 400):
        with pytest.raises(InputRefused, match="`volume` must be a whole number"):
            setting.parse(typed)
    with pytest.raises(InputRefused, match=r"no setting “volum.* Did you mean `volume`"):
        library.get("shout").setting("volum")
    assert library.set_on("shout", on=False).status is Status.OFF
    assert library.off == ("shout",)
    with pytest.raises(InputRefused, match="known once it is on"):
        library.get("shout").setting("volume")
    with pytest.raises(InputRefused, match="Did you mean `shout`"):
        library.set_on("shut", on=True)


def test_an_installed_script_is_on_and_its_name_is_its_own(folder, monkeypatch):
    points = (EntryPoint("shout", f"{__name__}:INSTALLED", loading.GROUP),)
    monkeypatch.setattr(loading, "entry_points", lambda group: points)
    (folder / "shout.py").write_text(SHOUT)
    (folder / "Not a name.py").write_text(SHOUT)
    library = library_of(folder)
    installed, double = library.find()
    assert (installed.name, installed.status, installed.is_file) == ("shout", Status.ON, False)
    assert (double.name, double.status) == ("shout.py", Status.BROKEN)
    assert library.misnamed() == ["Not a name.py"]
    with pytest.raises(InputRefused, match="installed by a package"):
        library.trust("shout", "0" * 12)
    assert library.set_on("shout", on=False).status is Status.OFF
    assert library.activate().names == ()
    with pytest.raises(InputRefused, match="installed by a package"):
        library.revoke("shout")


@pytest.mark.parametrize("text", ["shout = 5", 'shout = "abc"', '"../x" = "' + "0" * 64 + '"', "="])
def test_a_damaged_list_of_trusted_files_is_refused(folder, text):
    (folder.parent / "trusted.toml").write_text(text)
    with pytest.raises(InputRefused, match=r"trusted\.toml"):
        library_of(folder).find()


def test_a_setting_steps_through_what_it_allows():
    flag = Setting("flag", False, "Whether.")
    words = Setting("word", "b", "Which.", choices=("a", "b"))
    number = Setting("number", 0.5, "How much.", maximum=0.55)
    assert flag.step_from(False, 1) is True
    assert (flag.parse("on"), flag.parse("No")) == (True, False)
    assert words.step_from("b", 1) == "a"
    assert words.parse("A") == "a"
    assert number.step_from(0.5, 1) == 0.55
    for setting, typed in ((flag, "maybe"), (words, "c"), (Setting("t", "", "Text."), "x" * 201)):
        with pytest.raises(InputRefused, match=f"`{setting.name}` must be"):
            setting.parse(typed)
