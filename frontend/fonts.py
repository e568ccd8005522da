# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Unpacks the pages' typefaces for papers: from the design system's WOFF2 to TrueType, and which letters they have.

A PDF takes its letters from TrueType files; the package ``@kern-ux/native`` ships the same typefaces compressed for the
web. ``script/setup`` runs this after the pages' assets were built. Both are under the SIL Open Font License 1.1.
"""

from __future__ import annotations

import json
from pathlib import Path

from fontTools.ttLib import TTFont

HERE = Path(__file__).resolve().parent
FROM = HERE / "node_modules/@kern-ux/native/dist/fonts"
TO = HERE.parent / "src/allmende/engine/paper/fonts"

#: The product's typeface, and the one that stands in for letters it lacks (Greek, Cyrillic, Vietnamese).
FAMILIES = (
    ("fira-sans/FiraSans-Regular", "fira-sans/FiraSans-SemiBold"),
    ("noto-sans/NotoSans-Regular", "noto-sans/NotoSans-Bold"),
)


def unpack(name: str) -> set[int]:
    """Write one file as TrueType; return the code points it has glyphs for."""
    font = TTFont(FROM / f"{name}.woff2")
    font.flavor = None
    font.save(TO / f"{Path(name).name}.ttf")
    return set(font.getBestCmap() or {})


def ranges(points: set[int]) -> list[list[int]]:
    """Return the code points as ranges, both ends included."""
    found: list[list[int]] = []
    for point in sorted(points):
        if found and found[-1][1] == point - 1:
            found[-1][1] = point
        else:
            found.append([point, point])
    return found


def main() -> None:
    """Unpack all; a letter counts as had where one family has it in both weights."""
    TO.mkdir(parents=True, exist_ok=True)
    had: set[int] = set()
    for family in FAMILIES:
        had |= set.intersection(*(unpack(name) for name in family))
    (TO / "letters.json").write_text(json.dumps(ranges(had)), encoding="ascii")


if __name__ == "__main__":
    main()
