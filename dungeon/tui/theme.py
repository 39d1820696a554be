"""Grue's own two colour themes: lamplight on black wood, and ink on old paper.

The stylesheet takes every colour from the theme, so the themes that Textual brings work as well.
"""

from textual.theme import Theme

GRUE = Theme(
    name="grue",
    primary="#d9a354",
    secondary="#8fa06b",
    accent="#e6b566",
    warning="#d98e4a",
    error="#cf6a5a",
    success="#8fa06b",
    foreground="#e3d9c6",
    background="#14110e",
    surface="#1c1814",
    panel="#2a241d",
    dark=True,
    luminosity_spread=0.12,
    variables={
        "footer-background": "#14110e",
        "footer-key-foreground": "#d9a354",
        "footer-description-foreground": "#8d8271",
        "input-selection-background": "#d9a354 35%",
        "block-cursor-background": "#2f271c",
        "block-cursor-foreground": "#f0c987",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#221c15",
        "block-cursor-blurred-foreground": "#d9a354",
        "scrollbar": "#2f2820",
        "scrollbar-hover": "#5a4c39",
        "scrollbar-active": "#d9a354",
        "scrollbar-background": "#14110e",
        "scrollbar-background-hover": "#14110e",
        "scrollbar-background-active": "#14110e",
        "border": "#4a3d2c",
        "border-blurred": "#2f2820",
    },
)
"""The dark theme, and the default."""

GRUE_LIGHT = Theme(
    name="grue-light",
    primary="#8a4a12",
    secondary="#5c6b2e",
    accent="#9a5a1c",
    warning="#9a5a1c",
    error="#a3352a",
    success="#5c6b2e",
    foreground="#2e2721",
    background="#f5efe2",
    surface="#efe7d6",
    panel="#e4d9c3",
    dark=False,
    luminosity_spread=0.12,
    variables={
        "footer-background": "#f5efe2",
        "footer-key-foreground": "#8a4a12",
        "footer-description-foreground": "#7d7160",
        "block-cursor-background": "#e4d3b4",
        "block-cursor-foreground": "#5e300a",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#ebe0cb",
        "block-cursor-blurred-foreground": "#8a4a12",
        "scrollbar": "#d5c7ab",
        "scrollbar-hover": "#b9a47d",
        "scrollbar-active": "#8a4a12",
        "scrollbar-background": "#f5efe2",
        "scrollbar-background-hover": "#f5efe2",
        "scrollbar-background-active": "#f5efe2",
        "border": "#b9a47d",
        "border-blurred": "#d5c7ab",
    },
)
"""The light theme, for bright rooms."""
