"""All scripts of a player: what there is, which are trusted and on, and their settings."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from pathlib import Path

from dungeon.errors import InputRefused
from dungeon.scripts import loading
from dungeon.scripts.active import HASH_DIGITS, ActiveScripts
from dungeon.scripts.calls import ScriptFailed
from dungeon.scripts.contract import LoadedScript, Script
from dungeon.scripts.setting import Setting, Value
from dungeon.scripts.trust import read_trusted, write_trusted
from dungeon.text import clean_line, clean_path
from dungeon.toml_file import suggest

Values = Mapping[str, Mapping[str, Value]]
"""Values of settings that differ from the default, by script and setting."""


class Status(StrEnum):
    """Whether a script is called."""

    ON = "on"
    OFF = "off"
    UNTRUSTED = "not trusted"
    CHANGED = "changed since you trusted it"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class FoundScript:
    """A script that is there, on or not."""

    name: str
    status: Status
    origin: str
    """The path of its file, or the package that installed it."""
    sha256: str = ""
    """Of its file; empty for an installed one."""
    script: Script | None = None
    """Its code; None unless it is trusted and can be loaded."""
    problem: str = ""
    """Why it is broken, or which of its settings has a wrong value; follows the name."""
    values: Mapping[str, Value] = field(default_factory=dict, hash=False)
    """Its settings, defaults included."""

    @property
    def is_file(self) -> bool:
        """Whether it is a file, which has to be trusted."""
        return bool(self.sha256)

    @property
    def is_trusted(self) -> bool:
        """Whether its code may be run, as it is now."""
        return self.status not in (Status.UNTRUSTED, Status.CHANGED)

    @property
    def short_hash(self) -> str:
        """As much of the hash as is typed to trust it."""
        return self.sha256[:HASH_DIGITS]


class ScriptLibrary:
    """Finds, trusts and loads scripts. Without a folder there are none."""

    def __init__(
        self,
        folder: Path | None = None,
        trust_file: Path | None = None,
        *,
        off: Iterable[str] = (),
        values: Values | None = None,
    ) -> None:
        """`off` names scripts that the player has switched off; `values` has their settings."""
        self.folder = folder
        self.off = tuple(off)
        self.values = values or {}
        self._trust_file = trust_file
        self._loaded: dict[tuple[str, str], Script | ScriptFailed] = {}

    def find(self) -> tuple[FoundScript, ...]:
        """Return all scripts by name: files as they are now, and installed ones. Blocks.

        The code of a trusted file is run once. Raises InputRefused.
        """
        if self.folder is None or self._trust_file is None:
            return ()
        trusted = read_trusted(self._trust_file)
        found = {}
        for point in loading.find_entry_points():
            origin = f"package {point.dist.name}" if point.dist else "an installed package"
            loaded = self._load((point.name, ""), partial(loading.load_entry_point, point))
            found[point.name] = self._assess(FoundScript(point.name, Status.ON, origin), loaded)
        for file in loading.read_files(self.folder):
            one = FoundScript(file.name, Status.UNTRUSTED, clean_path(file.path), file.sha256)
            if file.name in found:
                problem = "has the name of an installed script; rename the file"
                double = replace(one, name=file.path.name, status=Status.BROKEN, problem=problem)
                found[double.name] = double
            elif file.name in trusted and trusted[file.name] != one.sha256:
                found[file.name] = replace(one, status=Status.CHANGED)
            elif file.name in trusted:
                load = partial(loading.load_file, file)
                loaded = self._load((file.name, one.sha256), load)
                found[file.name] = self._assess(one, loaded)
            else:
                found[file.name] = one
        return tuple(found[name] for name in sorted(found))

    def misnamed(self) -> list[str]:
        """Return the files of the folder that cannot be scripts because of their names."""
        return loading.misnamed_files(self.folder) if self.folder else []

    def get(self, name: str) -> FoundScript:
        """Return the script called `name`. Raises InputRefused."""
        found = {each.name: each for each in self.find()}
        if name not in found:
            raise InputRefused(
                f"There is no script called {clean_line(name)[:80] or '“”'}."
                f"{suggest(name, found)} Scripts are files in {self._shown_folder}."
            )
        return found[name]

    def activate(self) -> ActiveScripts:
        """Return the scripts that are on. Blocks while they are loaded. Raises InputRefused."""
        return ActiveScripts(
            [
                LoadedScript(each.name, each.script, each.sha256, each.values)
                for each in self.find()
                if each.status is Status.ON and each.script
            ]
        )

    def trust(self, name: str, digits: str) -> FoundScript:
        """Trust the file called `name`, if its hash begins with `digits`; return the script.

        Raises InputRefused or NotSaved.
        """
        found = self._file(name)
        given = digits.strip().lower()
        if len(given) < HASH_DIGITS or not found.sha256.startswith(given):
            raise InputRefused(
                f"The SHA-256 of {found.origin} begins with {found.short_hash}. Read the file, "
                f"then trust it with those {HASH_DIGITS} digits."
            )
        self._keep({**self._trusted(), name: found.sha256})
        return self.get(name)

    def revoke(self, name: str) -> None:
        """Trust the file called `name` no longer. Raises InputRefused or NotSaved."""
        trusted = self._trusted()
        if name not in trusted:
            raise InputRefused(f"{self.get(name).name} is not trusted.")
        del trusted[name]
        self._keep(trusted)

    def set_on(self, name: str, *, on: bool) -> FoundScript:
        """Switch a script that is trusted or installed on or off; return it.

        Raises InputRefused.
        """
        found = self.get(name)
        if not found.is_trusted:
            raise InputRefused(f"{name} is {found.status}. Trust it first.")
        others = {each for each in self.off if each != name}
        self.off = tuple(sorted(others if on else others | {name}))
        return self.get(name)

    def setting(self, name: str, setting: str) -> tuple[Setting, Value]:
        """Return a setting of the script called `name`, and its value. Raises InputRefused."""
        found = self.get(name)
        declared = {each.name: each for each in found.script.settings} if found.script else {}
        if setting not in declared:
            names = f" It has {', '.join(declared)}." if declared else " It has none."
            raise InputRefused(
                f"{name} has no setting {clean_line(setting)[:40] or '“”'}."
                f"{suggest(setting, declared)}{names}"
            )
        return declared[setting], found.values[setting]

    def set_value(self, name: str, setting: Setting, value: Value) -> None:
        """Give a setting of the script called `name` a value. Raises InputRefused."""
        values = {key: dict(each) for key, each in self.values.items()}
        own = values.setdefault(name, {})
        own[setting.name] = setting.check(value)
        if own[setting.name] == setting.default:
            del own[setting.name]
        self.values = {key: each for key, each in values.items() if each}

    @property
    def _shown_folder(self) -> str:
        return clean_path(self.folder) if self.folder else "the folder scripts"

    def _file(self, name: str) -> FoundScript:
        found = self.get(name)
        if not found.is_file:
            raise InputRefused(
                f"{name} was installed by a package, and such scripts are trusted. Switch it off, "
                "or remove the package."
            )
        return found

    def _trusted(self) -> dict[str, str]:
        return read_trusted(self._trust_file) if self._trust_file else {}

    def _keep(self, trusted: Mapping[str, str]) -> None:
        if self._trust_file:
            write_trusted(self._trust_file, trusted)

    def _load(self, key: tuple[str, str], load: Callable[[], Script]) -> Script | ScriptFailed:
        """Return a script, loaded once, or why it cannot be."""
        if key not in self._loaded:
            try:
                self._loaded[key] = load()
            except ScriptFailed as error:
                self._loaded[key] = error
        return self._loaded[key]

    def _assess(self, found: FoundScript, loaded: Script | ScriptFailed) -> FoundScript:
        """Return a script that may run, with its status and settings."""
        if isinstance(loaded, ScriptFailed):
            return replace(found, status=Status.BROKEN, problem=str(loaded))
        problem, values = "", {}
        chosen = self.values.get(found.name, {})
        for setting in loaded.settings:
            values[setting.name] = setting.default
            try:
                values[setting.name] = setting.check(chosen.get(setting.name, setting.default))
            except InputRefused as error:
                problem = f"has its default for a setting, since {error}"
        status = Status.OFF if found.name in self.off else Status.ON
        return replace(found, status=status, script=loaded, problem=problem, values=values)
