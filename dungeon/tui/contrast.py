"""Contrast of colours as WCAG 2.2 defines it, and dim text that keeps enough of it."""

from textual.color import Color, ColorParseError
from textual.theme import Theme

MIN_CONTRAST = 4.5
"""The contrast that WCAG asks of text (level AA); level AAA asks for 7."""

_DIM_TEXT = {"text-muted": 0.6, "text-disabled": 0.5}
"""Textual's variables for dim text, and how much of the foreground they have."""

_STEP = 0.05


def contrast_ratio(one: Color, other: Color) -> float:
    """Return the contrast ratio of two opaque colours, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: Color) -> float:
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in color.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def dim_text_variables(theme: Theme, variables: dict[str, str]) -> dict[str, str]:
    """Return the variables for dim text that `theme` leaves open, readable on every background.

    `variables` are all that Textual makes of the theme. A theme of the terminal's own colours
    (ansi) keeps Textual's.
    """
    try:
        foreground = Color.parse(variables["foreground"])
        grounds = [Color.parse(variables[name]) for name in ("background", "surface", "panel")]
    except ColorParseError:
        return {}
    if any(color.ansi is not None for color in (foreground, *grounds)):
        return {}
    return {
        name: _dim(foreground, grounds, share).hex
        for name, share in _DIM_TEXT.items()
        if name not in theme.variables
    }


def _dim(foreground: Color, grounds: list[Color], share: float) -> Color:
    """Return `share` of the foreground over the background, or more where that is too dim."""
    while True:
        color = grounds[0].blend(foreground, min(share, 1.0))
        if share >= 1 or all(contrast_ratio(color, each) >= MIN_CONTRAST for each in grounds):
            return color
        share += _STEP
