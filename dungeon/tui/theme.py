"""Grue's own colour themes: lamplight on black wood, ink on old paper, and high contrast.

The stylesheet takes every colour from the theme, so the themes that Textual brings work as well.
"""

from textual.theme import Theme

GRUE = Theme(
    name="grue",
    primary="#d9a354",
    secondary="#8fa06b",
    accent="#e6b566",
    warning="#d98e4a",
    error="#d9766a",
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
        "footer-description-foreground": "#968b7a",
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
    secondary="#535f29",
    accent="#84490f",
    warning="#84490f",
    error="#a3352a",
    success="#535f29",
    foreground="#2e2721",
    background="#f5efe2",
    surface="#efe7d6",
    panel="#e4d9c3",
    dark=False,
    luminosity_spread=0.12,
    variables={
        "footer-background": "#f5efe2",
        "footer-key-foreground": "#8a4a12",
        "footer-description-foreground": "#6a5f4f",
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

GRUE_CONTRAST = Theme(
    name="grue-contrast",
    primary="#ffd75f",
    secondary="#9fe89f",
    accent="#ffd75f",
    warning="#ffb870",
    error="#ff9d9d",
    success="#9fe89f",
    foreground="#ffffff",
    background="#000000",
    surface="#121212",
    panel="#262626",
    dark=True,
    luminosity_spread=0.12,
    variables={
        "text-muted": "#dddddd",
        "text-disabled": "#c8c8c8",
        "footer-background": "#000000",
        "footer-key-foreground": "#ffd75f",
        "footer-description-foreground": "#ffffff",
        "input-selection-background": "#0a4f9e",
        "block-cursor-background": "#0a3a6e",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#303030",
        "block-cursor-blurred-foreground": "#ffffff",
        "scrollbar": "#8a8a8a",
        "scrollbar-hover": "#ffd75f",
        "scrollbar-active": "#ffd75f",
        "scrollbar-background": "#000000",
        "scrollbar-background-hover": "#000000",
        "scrollbar-background-active": "#000000",
        "border": "#ffffff",
        "border-blurred": "#8a8a8a",
    },
)
"""High contrast: every text has a contrast of at least 7 (WCAG level AAA)."""

THEMES = (GRUE, GRUE_LIGHT, GRUE_CONTRAST)
"""Grue's themes; the first is the default."""
