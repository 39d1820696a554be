"""A clock and a weather of the story, told to the model in the author's note.

The hour follows from the number of the turn, and the weather from the hour, so that nothing has to
be kept: after undo, and on another branch, it is again what it was there.
"""

from dungeon.scripts import PromptParts, Script, Setting, TurnInfo

HOURS = ("early morning", "morning", "noon", "afternoon", "evening", "night")

WEATHER = {
    "temperate": ("The air is still.", "Clouds gather.", "Rain falls.", "The rain has stopped."),
    "desert": ("The heat is fierce.", "The sky is empty.", "A hot wind blows.", "Dust hangs."),
    "arctic": ("The frost bites.", "Snow falls.", "The wind howls.", "The sky is clear and cold."),
}


def on_context(parts: PromptParts, turn: TurnInfo) -> PromptParts:
    """Add the hour and the weather to the author's note, near the end of the prompt."""
    period = turn.number // int(turn.settings["turns_per_change"])
    sky = WEATHER[str(turn.settings["climate"])]
    line = f"It is {HOURS[period % len(HOURS)]}. {sky[period % len(sky)]}"
    return PromptParts(parts.memory, f"{parts.note} {line}".strip())


SCRIPT = Script(
    "Tells the model the time of day and the weather, which change as the story goes on.",
    on_context=on_context,
    settings=(
        Setting("climate", "temperate", "Which weather there is.", choices=tuple(WEATHER)),
        Setting("turns_per_change", 4, "After how many turns it changes.", minimum=1, maximum=100),
    ),
)
