"""Provides a line for every command of the game, and what each front end shows of it."""

from dataclasses import dataclass

from dungeon.story import Adventure
from tests.dungeon.tui.driver import adventure

PROSE = "You look around. Old Marta gives you a brass key."


def stories() -> list[Adventure]:
    """Return the adventures that the lines speak of; the last one is played."""
    return [
        adventure(3, name="b2", title="High Moor"),
        adventure(9, title="The Lamp", text=PROSE),
    ]


@dataclass(frozen=True)
class Case:
    """One command, as a player types it."""

    command: str
    """Its name in the table."""
    line: str
    told: str
    """What the app shows of it."""
    in_lines: str = ""
    """What line mode says, where that is something else."""
    screen: str = ""
    """The class of the screen that the app opens for it."""
    before: tuple[str, ...] = ()
    """Lines that come first."""


CASES = (
    Case("help", "/help", "What you can ask for", "Let the story go on", "HelpScreen"),
    Case("continue", "/continue", "paces from the gate"),
    Case("do", "/do open the lid", "You open the lid."),
    Case("say", "/say hello", 'You say "Hello."'),
    Case("story", "/story A bell rings.", "A bell rings."),
    Case("editor", "/editor", "cannot be handed to an editor", "An editor needs a terminal"),
    Case("roll", "/roll jump the gap", "of 20"),
    Case("suggest", "/suggest 1", "There is no suggestion of that number here"),
    Case("retry", "/retry", "‹ 2/2 ›", "the gate", before=("/do wave",)),
    Case("swipe", "/swipe -", "Reply 1 of 2.", before=("/do nod", "/retry")),
    Case("alternatives", "/alternatives", "Other words", "/rewrite N", "AlternativesScreen"),
    Case("rewrite", "/rewrite 2 never", "never", before=("/do sing",)),
    Case("undo", "/undo", "Taken back: You sit.", before=("/do sit",)),
    Case("redo", "/redo", "Done again: You run.", before=("/do run", "/undo")),
    Case("stop", "/stop", "Nothing is being written."),
    Case("branches", "/branches", "nothing is lost", "end of one", "BranchesScreen"),
    Case("turns", "/turns", "Go here", "Go to one with /goto N"),
    Case("checkpoint", "/checkpoint the well", "is the checkpoint “the well”"),
    Case("goto", "/goto 9", "The story stands after: You do thing 8."),
    Case("compare", "/compare 1", "They share", "They share", "ComparisonScreen",
         before=("/undo", "/do dig")),
    Case("edit", "/edit It thaws.", "The reply is changed"),
    Case("action", "/action wait here", "You wait here."),
    Case("memory", "/memory You are Ada.", "The story will remember that."),
    Case("forget", "/forget", "The memory is empty."),
    Case("note", "/note Be brief.", "The author's note is set."),
    Case("lore", "/lore", "It is shut.", screen="LoreScreen",
         before=("/lore add gate: It is shut.",)),
    Case("summary", "/summary", "You came by boat.", screen="SummaryScreen",
         before=("/summary edit You came by boat.",)),
    Case("state", "/state", "a lamp", screen="StateScreen", before=("/state add a lamp",)),
    Case("accept", "/accept", "Confirmed:"),
    Case("attributes", "/attributes strength 2", "strength"),
    Case("title", "/title High Water", "is now called High Water."),
    Case("preset", "/preset wild", "in the wild manner."),
    Case("sampling", "/sampling top_k 40", "top_k is"),
    Case("ban", "/ban red fox", "No reply will say “red fox”."),
    Case("unban", "/unban red fox", "Replies may say “red fox” again.", before=("/ban red fox",)),
    Case("banned", "/banned", "Banned phrases", "/unban PHRASE", "TextEditor"),
    Case("bias", "/bias fog 2", "more likely to say “fog”"),
    Case("length", "/length 40", "the sentence that reaches 40 tokens"),
    Case("guidance", "/guidance 1.5", "Guidance is 1.5"),
    Case("format", "/format", "The prompt format is"),
    Case("retrieval", "/retrieval off", "are not quoted to the model"),
    Case("scripts", "/scripts", "Scripts and their settings", "There are no scripts",
         "ScriptsScreen"),
    Case("context", "/context", "What the model was told", "tokens", "ContextScreen",
         before=("/do look",)),
    Case("why", "/why", "wrote this", before=("/do listen",)),
    Case("recap", "/recap", "Previously:", before=("/goto 9",)),
    Case("print", "/print", "> You do thing 1.", screen="TranscriptScreen"),
    Case("saves", "/saves", "Saved adventures", "Play one with /load", "SavesScreen"),
    Case("library", "/library rename b2 to Low Moor", "is now called Low Moor."),
    Case("open", "/open 1", "nothing is lost", "nothing is lost", "BranchesScreen",
         before=("/search brass",)),
    Case("sort", "/sort title", "Sorted by: title", "Play one with /load", "SavesScreen"),
    Case("tag", "/tag sea", "The tags are: sea."),
    Case("favourite", "/favourite", "stands first in the list of saves."),
    Case("stats", "/stats", "of play."),
    Case("export", "/export markdown {folder}/tale.md", "Written to"),
    Case("import", "/import", "Nothing that is here is replaced", "with /import FILE",
         "ImportScreen"),
    Case("model", "/model", "Who tells the story", "with /model NAME", "ModelsScreen"),
    Case("models", "/models cancel", "Nothing is being downloaded."),
    Case("settings", "/settings width 60", "width is now 60."),
    Case("speak", "/speak off", "speech is now off."),
    Case("theme", "/theme nord", "theme is now nord."),
    Case("tour", "/tour", "(1 of 3)", screen="TourDialog"),
    Case("save", "/save", "Every turn is already saved."),
    Case("load", "/load b2", "Passage 2", before=("/goto 9",)),
    Case("fork", "/fork The Fork", "You play the fork now"),
    Case("new", "/new", "A new adventure", "Begin one with /new NAME", "ScenarioPicker"),
    Case("random", "/random", "What do you do?", "Go on with"),
    Case("menu", "/menu", "New adventure", "Begin one with /new NAME", "TitleScreen"),
    Case("quit", "/quit", ""),
)  # fmt: skip
"""In an order in which one game can go through all of them."""
