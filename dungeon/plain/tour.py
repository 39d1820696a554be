"""Show the tour in line mode, step by step."""

from collections.abc import Callable

from dungeon.errors import GrueError
from dungeon.plain.line_reader import LineReader
from dungeon.plain.text_writer import TextWriter
from dungeon.session import Session
from dungeon.session.tour import STEPS, step_heading


async def show_first_tour(
    session: Session, reader: LineReader, writer: TextWriter, refuse: Callable[[GrueError], None]
) -> None:
    """Show the tour where a person types, and never again; `refuse` takes why that is not saved."""
    if not reader.is_interactive:
        return
    await show_tour(reader, writer)
    try:
        session.change_settings(tour=False)
    except GrueError as error:
        refuse(error)


async def show_tour(reader: LineReader, writer: TextWriter) -> None:
    """Write a step, wait for Enter, and go on; anything else that is typed ends the tour."""
    for number, step in enumerate(STEPS, start=1):
        writer.paragraph(step_heading(number))
        writer.paragraph(step.text)
        answer = await reader.ask("Enter goes on, s skips the tour. ")
        if answer is None or answer.strip():
            return
