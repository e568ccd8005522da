# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Colours of spreadsheets: palette, theme and tint to RRGGBB, and a plain German name for each."""

from __future__ import annotations

import colorsys
from collections.abc import Mapping, Sequence

#: The indexed palette of ECMA-376 part 1, 18.8.27; the first eight repeat.
_BASIC = ["000000", "FFFFFF", "FF0000", "00FF00", "0000FF", "FFFF00", "FF00FF", "00FFFF"]
_INDEXED = [
    *_BASIC,
    *_BASIC,
    *[
        "800000",
        "008000",
        "000080",
        "808000",
        "800080",
        "008080",
        "C0C0C0",
        "808080",
        "9999FF",
        "993366",
        "FFFFCC",
        "CCFFFF",
        "660066",
        "FF8080",
        "0066CC",
        "CCCCFF",
        "000080",
        "FF00FF",
        "FFFF00",
        "00FFFF",
        "800080",
        "800000",
        "008080",
        "0000FF",
        "00CCFF",
        "CCFFFF",
        "CCFFCC",
        "FFFF99",
        "99CCFF",
        "FF99CC",
        "CC99FF",
        "FFCC99",
        "3366FF",
        "33CCCC",
        "99CC00",
        "FFCC00",
        "FF9900",
        "FF6600",
        "666699",
        "969696",
        "003366",
        "339966",
        "003300",
        "333300",
        "993300",
        "993366",
        "333399",
        "333333",
    ],
]
#: Theme of Office since 2013, for files that bring none: lt1, dk1, lt2, dk2, accents 1 to 6, links.
OFFICE = (
    "FFFFFF",
    "000000",
    "E7E6E6",
    "44546A",
    "4472C4",
    "ED7D31",
    "A5A5A5",
    "FFC000",
    "5B9BD5",
    "70AD47",
    "0563C1",
    "954F72",
)
_NAMES = ((15, "rot"), (45, "orange"), (70, "gelb"), (165, "grün"), (200, "türkis"), (260, "blau"), (300, "violett"),
          (340, "rosa"), (361, "rot"))  # fmt: skip


def rgb(colour: Mapping[str, str], theme: Sequence[str] = OFFICE) -> str:
    """Return the RRGGBB of a ``color`` element's attributes, "" if it names none."""
    found = ""
    if "rgb" in colour:
        found = colour["rgb"][-6:].upper()
    elif "theme" in colour and colour["theme"].isdigit() and int(colour["theme"]) < len(theme):
        found = theme[int(colour["theme"])]
    elif "indexed" in colour and colour["indexed"].isdigit() and int(colour["indexed"]) < len(_INDEXED):
        found = _INDEXED[int(colour["indexed"])]
    if len(found) != 6 or not all(c in "0123456789ABCDEF" for c in found):
        return ""
    try:
        tint = float(colour.get("tint", "0"))
    except ValueError:
        tint = 0.0
    return _tinted(found, tint) if tint else found


def _tinted(found: str, tint: float) -> str:
    h, light, s = colorsys.rgb_to_hls(*_parts(found))
    light = light * (1 + tint) if tint < 0 else light + (1 - light) * tint
    return "".join(f"{round(255 * min(1.0, max(0.0, part))):02X}" for part in colorsys.hls_to_rgb(h, light, s))


def _parts(found: str) -> tuple[float, float, float]:
    return int(found[:2], 16) / 255, int(found[2:4], 16) / 255, int(found[4:], 16) / 255


def pale(found: str) -> bool:
    """Whether a colour is white or nearly so."""
    return min(_parts(found)) >= 0.97


def alike(one: str, other: str) -> bool:
    """Whether letters of one colour cannot be read on the other."""
    return all(abs(a - b) < 0.04 for a, b in zip(_parts(one), _parts(other), strict=True))


def name(found: str) -> str:
    """Return a colour's plain name in German; ``gelb (FFFF00)`` would say too much, two yellows are told by light."""
    red, green, blue = _parts(found)
    hue, light, strong = colorsys.rgb_to_hls(red, green, blue)
    if strong < 0.12 or light > 0.97 or light < 0.05:
        return "schwarz" if light < 0.1 else "weiß" if light > 0.95 else "grau"
    plain = next(n for limit, n in _NAMES if hue * 360 < limit)
    return f"hell{plain}" if light > 0.8 else f"dunkel{plain}" if light < 0.25 else plain
