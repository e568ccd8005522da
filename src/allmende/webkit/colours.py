# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Whether a colour can be read, by the formula of WCAG 2.2 (contrast ratio, relative luminance)."""

from __future__ import annotations

import colorsys

#: What small writing needs (WCAG 2.2, 1.4.3); a town's colour carries white writing and stands on white paper.
ENOUGH = 4.5


def luminance(colour: str) -> float:
    """Return the relative luminance of ``#rrggbb``, 0 to 1."""

    def linear(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def readable(colour: str, *, on: str = "#ffffff", ratio: float = ENOUGH) -> str:
    """Return the colour itself, or the nearest darker one of its hue that has the ratio on ``on``."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    found = colour
    while contrast(found, on) < ratio and lightness > 0:
        lightness = max(0.0, lightness - 0.005)
        found = "#" + "".join(f"{int(share * 255):02x}" for share in colorsys.hls_to_rgb(hue, lightness, saturation))
    return found
