"""Read stories written in ChoiceScript: a folder of scenes that starts with `startup.txt`.

Nothing is computed: conditions are kept as written, and of several texts the first.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from corpus_scraper.formats.basic_block import BasicBlock
from corpus_scraper.formats.choicescript_text import option_start, plain_text
from corpus_scraper.formats.control_flow import ControlFlow
from corpus_scraper.formats.facts import Facts
from corpus_scraper.formats.graph_builder import Format, build_graph
from corpus_scraper.formats.indentation import Node, parse_tree, walk
from corpus_scraper.formats.placeholders import literal, placeholder_for
from corpus_scraper.formats.story_file import StoryFile, join_files, load, read_head
from corpus_scraper.graph import StoryGraph

ENTRY = "startup.txt"
"""The first scene of a game, by which its folder is recognised."""

_NOT_STORY = frozenset({"choicescript_stats.txt"})
_COMMAND = re.compile(
    rb"(?m)^[ \t]*\*(?:scene_list|title|create|choice|fake_choice|label|goto|goto_scene|finish"
    rb"|page_break|set|if|ending|comment|temp|gosub)\b"
)


def _recognises(path: Path, head: bytes) -> bool:
    """Return whether this is a folder with a game's scenes, or one of them."""
    if path.is_dir():
        return bool(_COMMAND.search(read_head(path / ENTRY, 65536)))
    if path.suffix.lower() != ".txt":
        return False
    if path.name in _NOT_STORY:
        return (path.parent / ENTRY).is_file()
    return bool(_COMMAND.search(head)) and (path.parent / ENTRY).is_file()


def _parse(path: Path, root: Path) -> Iterator[StoryGraph]:
    """Yield the game of a folder of scenes or of its entry; nothing for any other scene."""
    if path.is_dir():
        path = path / ENTRY
    if path.name != ENTRY:
        return
    entry = load(path, root)
    files = {"startup": entry}
    for scene in sorted(path.parent.glob("*.txt")):
        if scene != path and scene.name not in _NOT_STORY:
            files[scene.stem.lower()] = load(scene, root)
    yield _game(files)


FORMAT = Format("choicescript", _recognises, _parse)


def _game(files: dict[str, StoryFile]) -> StoryGraph:
    scenes = {
        name: parse_tree(file, enumerate(file.text.split("\n"), 1)) for name, file in files.items()
    }
    metadata = {"title": "", "author": ""}
    values: dict[str, str] = {}
    order: list[str] = []
    for node in (node for nodes in scenes.values() for node in walk(nodes)):
        match node.word:
            case "*title" | "*author":
                metadata[node.word[1:]] = metadata[node.word[1:]] or node.rest
            case "*create" | "*temp" | "*set":
                name, _, value = node.rest.partition(" ")
                if text := literal(value):
                    values.setdefault(name.lower(), text)
            case "*scene_list":
                order += [child.text.lower() for child in node.children if child.text]
    writer = SceneWriter(values, [name for name in order if name in scenes])
    for name, nodes in scenes.items():
        writer.write_scene(name, nodes)
    parsed = writer.flow.parsed(
        "startup", metadata["title"], author=metadata["author"], shows_tags=True
    )
    return build_graph(join_files(list(files.values())), parsed)


# ── Scenes ────────────────────────────────────────────────────────────────────────────────────────

_SILENT = frozenset(
    """
    *title *author *scene_list *create *create_array *temp *temp_array *set *comment *rand
    *params *image *text_image *sound *achievement *achieve *check_achievements *stat_chart
    *bug *product *save_checkpoint *restore_checkpoint *share_this_game *more_games
    *allow_reuse *ifid *hide_reuse *disable_reuse *script *link *link_button *youtube *delete
    *delete_array *advert *setref *config *looplimit *start_timer *progress *feedback
    *subscribe *timer *warn *print *line_break *input_text *input_number *kindle_image
    *kindle_product *kindle_search
    """.split()
)
_CHANGING = frozenset(
    """
    *set *temp *create *rand *input_text *input_number *setref *delete *temp_array *create_array
    """.split()
)
_ELSE = ("*else", "*elseif", "*elsif")
_REUSE = re.compile(r"\*(?:hide_reuse|disable_reuse|allow_reuse)\b[ \t]*", re.IGNORECASE)
_IF = re.compile(r"\*(if|selectable_if)\b[ \t]*(.*)", re.IGNORECASE)
_CONTINUES = frozenset({"", "next", "continue"})
"""Button texts of a page break that are no part of the story."""


class SceneWriter:
    """Writes scenes into a control flow."""

    def __init__(self, values: dict[str, str], order: Sequence[str]) -> None:
        self.flow = ControlFlow()
        self._values = values
        self._order = list(order)
        self._scene = ""
        self._here: BasicBlock | None = None
        self._facts = Facts()
        """What holds here, since text is shown that depends on it."""

    def write_scene(self, name: str, nodes: Sequence[Node]) -> None:
        """Write the lines of the scene `name`."""
        self._scene = name
        self._here, self._facts = self.flow.label(name), Facts()
        self._write(nodes)
        self._finish("")

    def _goto(self, path: str, text: str = "") -> None:
        """Jump to the label or scene `path`, which may be written later."""
        if self._here is not None:
            self._here.add_exit(self.flow.to_label(path), text)
        self._here = None

    def _write(self, nodes: Sequence[Node]) -> None:
        index = 0
        while index < len(nodes):
            node = nodes[index]
            index += 1
            match node.word:
                case "*if":
                    chain, index = _chain(nodes, index - 1)
                    self._if(chain)
                case "*choice" | "*fake_choice":
                    self._choice(node.children)
                case word if word.startswith("#"):
                    group = [node]
                    while index < len(nodes) and _is_option(nodes[index]):
                        group.append(nodes[index])
                        index += 1
                    self._choice(group)
                case word if word.startswith("*"):
                    self._forget(node)
                    self._command(node)
                case _:
                    self._say(node)

    def _say(self, node: Node) -> None:
        if self._here is not None:
            self._here.add_text(f"{self.prose(node.text)} " if node.text else "\n")
        self._write(node.children)

    def _command(self, node: Node) -> None:
        """Execute a command without indented lines of its own."""
        rest = node.rest
        match node.word:
            case "*label":
                self._here = self.flow.label(f"{self._scene}:{rest.lower()}", after=self._here)
                self._facts = Facts()
            case "*goto" | "*goto_scene" | "*redirect_scene":
                self._jump(self._place(node), rest)
            case "*gosub" | "*gosub_scene":
                self._call(self._place(node))
            case "*page_break":
                self._turn_page(rest)
            case (
                "*return" | "*finish" | "*autofinish" | "*ending" | "*abort" | "*reset" | "*restart"
            ):
                self._leave(node.word, rest)
            case "*line_break":
                self._print("\n")
            case "*print":
                self._print(f"{placeholder_for(rest.lower(), self._values)} ")
            case "*input_text" | "*input_number":
                self.flow.notes["The player enters a text or a number."] += 1
            case word if word not in _SILENT and word not in _ELSE:
                self.flow.notes[f"The command {word[:40]} is not known."] += 1

    def _forget(self, node: Node) -> None:
        """Drop what is known about the variable that a command changes, if it does."""
        names = node.rest.split()[:1] if node.word in _CHANGING else ()
        self._facts.forget(names)
        if self._here is not None:
            self._here.changes.update(names)

    def _place(self, node: Node) -> str:
        """Return the path that a jump names: `label`, `scene`, or `scene label`."""
        first, _, rest = node.rest.lower().partition(" ")
        if not node.word.endswith("_scene"):
            return f"{self._scene}:{first}"
        label = rest.split()[:1]
        return f"{first}:{label[0]}" if label else first

    def _print(self, text: str) -> None:
        if self._here is not None:
            self._here.add_text(text)

    def _leave(self, word: str, button: str) -> None:
        """Leave a subroutine, a scene or the game."""
        match word:
            case "*return":
                if self._here is not None:
                    self._here.returns = True
            case "*finish" | "*autofinish":
                self._finish(button)
            case _:
                if self._here is not None:
                    self._here.add_exit(self.flow.ending("ending"))
        self._here = None

    def _jump(self, path: str, written: str) -> None:
        if "{" in written or "[" in written:
            self.flow.notes["A jump has a target that is computed."] += 1
            self._here = None
        else:
            self._goto(path)

    def _call(self, path: str) -> None:
        if self._here is None:
            return
        back = self.flow.new_block(self._scene)
        call = self._here.add_exit(self.flow.to_label(path))
        self.flow.calls.append((call, back.id, self._here.id))
        self._here, self._facts = back, Facts()

    def _turn_page(self, button: str) -> None:
        if self._here is None:
            return
        page = self.flow.new_block(self._scene)
        text = self.prose(button)
        exit_ = self._here.add_exit(
            page.id, "" if text.casefold().rstrip(".") in _CONTINUES else text
        )
        exit_.turns_page = True
        self._here = page

    def _finish(self, button: str) -> None:
        """Continue with the next scene of the list, or end the game."""
        if self._here is None:
            return
        order = self._order
        number = order.index(self._scene) if self._scene in order else len(order)
        text = self.prose(button)
        if number + 1 < len(order):
            self._goto(order[number + 1], "" if text.casefold() in _CONTINUES else text)
        else:
            self._here.add_exit(self.flow.ending("ending"))

    def _if(self, chain: Sequence[Node]) -> None:
        """Write `*if` with its `*elseif` and `*else`: each branch becomes a block."""
        base = self._here
        if base is None:
            return
        inside = [child for node in chain for child in node.children if child.text]
        if inside and all(map(_is_option, inside)):
            self._choice(chain)
            return
        if not any(map(_has_effect, chain)):
            return
        ends: list[BasicBlock] = []
        before, after_branches = self._facts, []
        tried = before.copy()
        for node in chain:
            block = self.flow.new_block(self._scene)
            condition = node.rest if node.word != "*else" else "otherwise"
            base.add_exit(block.id, condition=condition)
            self._here, self._facts = block, tried.copy()
            self._facts.add(condition)
            tried.add(condition, holds=False)
            self._write(node.children)
            after_branches.append(self._facts)
            ends += [self._here] if self._here is not None else []
        self._facts = before
        self._facts.keep_common(after_branches)
        after = self.flow.join(ends, self._scene)
        is_exhaustive = chain[-1].word == "*else"
        if not is_exhaustive:
            base.add_exit(after.id, condition="otherwise")
        self._here = after if ends or not is_exhaustive else None

    def _choice(self, nodes: Sequence[Node]) -> None:
        """Offer the options among `nodes`; their bodies continue after the choice."""
        base = self._here
        if base is None:
            return
        ends: list[BasicBlock] = []
        self._offer(nodes, base, "", ends)
        after = self.flow.join(ends, self._scene)
        self._here, self._facts = after if ends else None, Facts()

    def _offer(
        self, nodes: Sequence[Node], base: BasicBlock, outer: str, ends: list[BasicBlock]
    ) -> None:
        before = self._facts
        for node in nodes:
            self._facts = before.copy()
            text, conditions = _REUSE.sub("", node.text), [outer] if outer else []
            while match := _IF.match(text):
                start = option_start(match[2])
                conditions.append(match[2][:start].strip())
                text = _REUSE.sub("", match[2][start:])
            if text.lower().startswith(_ELSE):
                conditions.append(text.partition(" ")[2].strip() or "otherwise")
                text = ""
            condition = " and ".join(conditions)
            if not text.startswith("#"):
                self._offer(node.children, base, condition, ends)
                continue
            body = self.flow.new_block(self._scene)
            base.add_exit(body.id, self.prose(text[1:]).strip(), condition)
            self._here = body
            self._write(node.children)
            ends += [self._here] if self._here is not None else []

    def prose(self, text: str) -> str:
        """Return a line without markup, with values for variables and one of several texts."""
        return plain_text(text, self._values, self._choose)

    def _choose(self, subject: str, texts: Sequence[str]) -> str:
        """Return the first text that may be shown here; others then agree with it."""
        are_opposite = len(texts) < 3
        for number, text in enumerate(texts, 1):
            negation = "not " if number > 1 else ""
            condition = f"{negation}{subject}" if are_opposite else f"{subject} = {number}"
            if text.strip() and self._facts.judge(condition) is not False:
                self._facts.add(condition)
                return text
        return ""


def _is_option(node: Node) -> bool:
    """Return whether a line is an option, perhaps behind a condition."""
    text = _REUSE.sub("", node.text)
    if text.startswith("#"):
        return True
    if match := _IF.match(text):
        return option_start(match[2]) < len(match[2]) or any(map(_is_option, node.children))
    return False


def _chain(nodes: Sequence[Node], index: int) -> tuple[list[Node], int]:
    """Return the `*if` at `index` with its branches, and the index of the line after it."""
    chain = [nodes[index]]
    index += 1
    after = index
    while after < len(nodes) and (not nodes[after].text or nodes[after].word in _ELSE):
        after += 1
        if nodes[after - 1].text:
            chain.append(nodes[after - 1])
            index = after
    return chain, index


def _has_effect(node: Node) -> bool:
    """Return whether a branch does anything that a reader would notice."""
    return any(
        child.text and (child.word not in _SILENT or child.word in ("*print", "*line_break"))
        for child in node.children
    )
