"""The macros of Harlowe by what they do to a story."""

SILENT = frozenset(
    """
    set put move unpack a array dm datamap ds dataset savegame loadgame save load alert prompt
    confirm stop stylesheet enchant change hover transition audio track script inputbox input
    forceinputbox checkbox forcecheckbox redo restart reload openurl gotourl scroll debug
    replace append prepend hide rerun metadata storylet mockvisits mockturns icon cyclinglinks
    masteraudio playlist newtrack newgroup newplaylist
    ignore macro output out verbatimsource animate
    """.split()
)
"""Macros without text where they are."""

ELSEWHERE = frozenset({"replace", "append", "prepend"})
"""Of these, those with which a link changes text elsewhere on the page."""

REVEALING = frozenset(
    """
    link linkreplace linkreveal linkappend linkrepeat linkrerun linkfresh linkshow linkprepend
    """.split()
)
CLICKS = frozenset(
    """
    click clickreplace clickappend clickprepend clickrerun mouseover mouseoverreplace
    mouseoverappend mouseout mouseoutreplace
    """.split()
)
NO_WAYS = frozenset({"linkfullscreen", "linkstorylet"})
"""Links that change something outside of the story, or lead to a passage that is computed."""

CYCLES = frozenset(
    "cyclinglink seqlink sequencelink dropdown either cond nth shuffled dialog".split()
)
"""Macros with several texts, of which the first is shown."""

SPECIAL = (
    frozenset(
        """
        if unless else elseif display goto undo linkgoto linkrevealgoto linkundo hidden show
        """.split()
    )
    | REVEALING
    | CLICKS
    | SILENT
)
"""Macros that define what a hook does; those joined to them only change its style."""
