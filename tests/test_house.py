"""Provides the house's own rules as tests: what loads, what is named how, what is packed."""

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Container, Iterator
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any

import pytest

import dungeon
from tests.rows import every_row

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGES = ("dungeon", "corpus_scraper", "training")
HEAVY = {"alembic", "gguf", "httpx", "numpy", "sqlalchemy", "textual", "torch", "transformers"}

VAGUE = {"common", "helper", "helpers", "manager", "misc", "util", "utils"}
LONGEST = 400  # lines; the house's files are near 120


def python_files(*rooms: str) -> list[Path]:
    return [
        file
        for room in rooms
        for file in sorted((REPOSITORY / room).rglob("*.py"))
        if "__pycache__" not in file.parts
    ]


def shown(file: Path) -> str:
    return file.relative_to(REPOSITORY).as_posix()


def python(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run this Python in the repository; what it complained of is the failure's message."""
    run = subprocess.run(
        [sys.executable, *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return run


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))


# What is loaded -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "way",
    [
        "import dungeon",
        "import dungeon.cli",
        "from dungeon.cli import main; main(['--help'])",
        "from dungeon.cli import main; main(['--version'])",
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_used(way: str) -> None:
    tell = f"print('loaded', *{HEAVY} & set(sys.modules), file=sys.stderr)"
    run = python("-c", f"import atexit, sys; atexit.register(lambda: {tell})\n{way}")
    assert run.stderr.split() == ["loaded"]


def test_the_command_tells_its_version(project: dict[str, Any]) -> None:
    run = python("-c", "from dungeon.cli import main; main()", "--version")
    assert dungeon.__version__ in run.stdout
    assert dungeon.__version__ == project["project"]["version"]


def test_the_command_is_installed() -> None:
    (script,) = importlib.metadata.entry_points(group="console_scripts", name="grue")
    assert callable(script.load())


# Who imports whom ---------------------------------------------------------------------------------


def import_graph(package: str) -> dict[str, set[str]]:
    """Return the modules of `package` and those of it that each imports anywhere in its text."""
    files = {module_name(file): file for file in python_files(package)}
    return {
        name: set(imported_modules(name, ast.parse(file.read_text("utf-8")), files)) - {name}
        for name, file in files.items()
    }


def module_name(file: Path) -> str:
    parts = file.relative_to(REPOSITORY).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_modules(importer: str, tree: ast.Module, known: Container[str]) -> Iterator[str]:
    for node in ast.walk(tree):  # also what is imported in functions and under TYPE_CHECKING
        match node:
            case ast.Import(names):
                yield from (alias.name for alias in names if alias.name in known)
            case ast.ImportFrom(module, names, 0) if module in known:
                submodules = {f"{module}.{alias.name}" for alias in names}
                found = {name for name in submodules if name in known}
                yield from found
                if len(found) < len(names):  # the rest are names that the package itself defines
                    yield str(module)
            case ast.ImportFrom(level=level) if level:
                raise AssertionError(f"{importer} has a relative import")


def cycles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return the modules that import each other, however many stand between them."""
    reached = {name: reachable(graph, name) for name in graph}
    groups = {
        tuple(sorted(other for other in reached[name] if name in reached[other]))
        for name in graph
        if name in reached[name]
    }
    return sorted(map(list, groups))


def reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    pending = list(graph[start])
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += graph[name]
    return found


def test_a_cycle_is_found() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}
    assert cycles(graph) == [["a", "b", "c"]]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_modules_import_each_other(package: str) -> None:
    assert not cycles(import_graph(package))


# What is written ----------------------------------------------------------------------------------


@every_row("file", python_files(*PACKAGES, "benchmarks"))
def test_a_module_says_in_its_first_lines_what_it_is_for(file: Path) -> None:
    docstring = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
    summary = docstring.partition("\n\n")[0]
    assert summary.endswith((".", ":", "`", "?")), f"{shown(file)} opens with {summary[:40]!r}"


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert not [shown(f) for f in python_files(*PACKAGES, "benchmarks", "tests") if f.stem in VAGUE]


def test_a_file_is_something_one_reader_can_hold() -> None:
    lengths = {
        shown(file): len(file.read_text("utf-8").splitlines())
        for file in python_files(*PACKAGES, "benchmarks", "tests")
    }
    assert not {file: lines for file, lines in lengths.items() if lines > LONGEST}


def test_nothing_committed_names_this_machine_or_a_registry() -> None:
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    if listing.returncode:
        pytest.skip("needs a git checkout to know what is committed")
    registries = "|".join(["py" + "pi", "python" + "hosted", "npm" + "js", "deb" + "ian"])
    folders = "|".join(["ho" + "me", "ro" + "ot", "Us" + "ers", "wo" + "rk"])
    told = re.compile(rf"(?:{registries})\.(?:org|com|io)\b|(?<![\w.}}])/(?:{folders})/\w")
    found = {
        name: match.group()
        for name in filter(None, listing.stdout.split("\0"))
        if (REPOSITORY / name).is_file()
        and (match := told.search((REPOSITORY / name).read_text("utf-8", errors="replace")))
    }
    assert not found


def test_every_link_between_documents_leads_somewhere() -> None:
    documents = [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/*.md")]
    links = [
        (document, target.partition("#")[0])
        for document in documents
        for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text("utf-8"))
        if not re.match(r"https?:|mailto:|#", target)
    ]
    assert links
    assert not [
        f"{shown(document)}: {target}"
        for document, target in links
        if not (document.parent / target).exists()
    ]


# What it needs ------------------------------------------------------------------------------------


def test_every_dependency_has_its_reason() -> None:
    """A requirement stands on a line of its own, with a comment behind it."""
    unexplained = [
        line.strip()
        for line in (REPOSITORY / "pyproject.toml").read_text("utf-8").splitlines()
        if re.match(r'    "[\w-]+ *[=<>~]', line) and "#" not in line
    ]
    assert not unexplained


def test_every_dependency_is_pinned(project: dict[str, Any]) -> None:
    lines = (REPOSITORY / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert not [pin for pin in pins if not re.fullmatch(r"[\w.-]+==[\w.]+", pin)]

    extras = project["project"]["optional-dependencies"].values()
    wanted = [*project["project"]["dependencies"], *(need for extra in extras for need in extra)]
    ours = canonical(project["project"]["name"])  # an extra may ask for another one of ours
    assert {canonical(need) for need in wanted} - {ours} <= {canonical(pin) for pin in pins}


def canonical(requirement: str) -> str:
    name = re.match(r"[\w.-]+", requirement)
    assert name, requirement
    return re.sub(r"[-_.]+", "-", name.group()).lower()


# What is packed -----------------------------------------------------------------------------------


def test_the_wheel_holds_the_tree(tmp_path: Path) -> None:
    """Built from a copy, without a network; a data file that setuptools overlooks shows here."""
    tree = tmp_path / "tree"
    for package in PACKAGES:
        copytree(REPOSITORY / package, tree / package, ignore=ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        if (REPOSITORY / name).exists():
            (tree / name).write_bytes((REPOSITORY / name).read_bytes())
    there = {file.relative_to(tree).as_posix() for file in tree.glob("*/**/*") if file.is_file()}

    python("-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, tree)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert packed == there
