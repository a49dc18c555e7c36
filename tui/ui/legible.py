"""Colours that a log chose for its text, kept apart from those of the ground it stands on."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.style import Style

if TYPE_CHECKING:
    from rich.color import Color

LEAST_CONTRAST = 1.6
"""The contrast, as the web's guidelines reckon it, below which text is as good as hidden."""

_LIGHT, _DARK = Style(color="#ffffff", dim=False), Style(color="#000000", dim=False)
_MIDDLE = 0.18
"""Above this luminance black can be read better than white."""


@lru_cache(maxsize=2048)
def legible(style: Style) -> Style:
    """The style, with black or white text where its own could not be told from its ground."""
    front, back = style.color, style.bgcolor
    if front is None or back is None or front.is_default or back.is_default:
        return style
    lighter, darker = sorted((_luminance(front), _luminance(back)), reverse=True)
    contrast = (lighter + 0.05) / (darker + 0.05)
    # Dim text is drawn halfway to its ground.
    if contrast >= (LEAST_CONTRAST * 1.5 if style.dim else LEAST_CONTRAST):
        return style
    ground = front if style.reverse else back
    readable = _DARK if _luminance(ground) > _MIDDLE else _LIGHT
    if not style.reverse:
        return style + readable
    return style + Style(bgcolor=readable.color, dim=False)


def _luminance(color: Color) -> float:
    red, green, blue = (_linear(share / 255) for share in color.get_truecolor())
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4
