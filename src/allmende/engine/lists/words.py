# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Words that say what a row is: sums, footnotes, legends, "Stand:"; and the day a list is as of."""

from __future__ import annotations

import re
from typing import Final

from allmende.engine.lists import values

#: A row's label that claims to be a sum. Only arithmetic makes it one.
TOTAL: Final = re.compile(
    r"(?i)^\W*(?:(?:zwischen|teil|end|gesamt|haupt|quer)?summen?\b|(?:ins)?gesamt(?:ergebnis|summe|betrag|zahl)?\b|"
    r"zusammen\b|total\b|[Σ∑])|\b(?:ins)?gesamt\s*:?\Z|\bzusammen\s*:?\Z|\b(?:zwischen)?summe\s*:?\Z"
)
NOTE: Final = re.compile(
    r"(?i)^\s*(?:\*+|\d{1,2}\)|[¹²³⁴⁵]|quelle|source|hinweis|anmerkung|erläuterung|legende|©|stand\b|bemerkung:|note:|"
    r"[-–.x/]\s*=)"
)
LEGEND: Final = re.compile(
    r"(?i)^\s*(?:legende|farben?\b|(?:hell|dunkel)?(?:gelb|rot|grün|blau|orange|grau)\w*\s*[=:–-])"
)
_STAND = re.compile(
    r"(?i)\b(?:stand|stichtag|status|as of|per|zum)\b\s*(?:der daten)?\s*[:.]?\s*(?:vom\s+|am\s+|zum\s+)?(.{4,30})"
)
_PLAIN_STAND = re.compile(r"(?i)\b(?:stand|stichtag)\b")
_YEAR = re.compile(r"(?<!\d)(19\d\d|20\d\d)(?!\d)")
_MONTH = re.compile(
    r"(?i)(januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember)\w*\s+(\d{4})"
)
_MONTH_NAMES = (
    "januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember|"
    "jan|feb|mrz|apr|jun|jul|aug|sep|okt|nov|dez"
)
_DAY = re.compile(r"\d{1,2}\.\s?\d{1,2}\.\s?\d{2,4}|\d{4}-\d\d-\d\d|\d{1,2}\.\s*[A-Za-zä]{3,9}\s+\d{4}")
_MONTH_NUMBER = re.compile(r"(?<!\d)(\d{1,2})/(\d{4})(?!\d)")


def stand_of(text: str) -> str:
    """Return as of when a line says the list is (day, month or year as ISO 8601), "" if it does not say."""
    found = _STAND.search(text)
    if not found or (not _PLAIN_STAND.search(text) and not _DAY.search(found.group(1))):
        return ""
    return when(found.group(1))


def when(text: str) -> str:
    """Return the day, month or year a text names, "" if none."""
    if found := _DAY.search(text):
        for written in ("d.m.y", "y-m-d", "d. month y"):
            if named := values.day(found.group(), written):
                return named.isoformat()
    if month := _MONTH.search(text):
        return f"{month.group(2)}-{values.MONTHS[month.group(1).lower()[:3]]:02d}"
    if numbered := _MONTH_NUMBER.search(text):
        return f"{numbered.group(2)}-{int(numbered.group(1)):02d}" if 1 <= int(numbered.group(1)) <= 12 else ""
    year = _YEAR.search(text)
    return year.group(1) if year else ""


def period_of(text: str) -> str:
    """Return the year or month a sheet's name or a heading names, "" if it names none or more than that."""
    plain = text.strip()
    if re.fullmatch(rf"(?i)({_MONTH_NAMES})\.?", plain):
        return f"{values.MONTHS[plain.lower()[:3]]:02d}"
    return when(plain)
