# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a column is about, as far as heading and values tell. Words are those of German administration."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Final

from allmende.engine.lists.model import Column, Meaning
from allmende.engine.mapping.fields import Type

#: Meanings whose numbers are names.
KEYS: Final = frozenset({Meaning.POSTCODE, Meaning.MUNICIPALITY_KEY, Meaning.PARCEL, Meaning.KEY, Meaning.CONTACT})

_TEXTS = (
    (Meaning.CONTACT, r"telefon|\btel\b|\bfon\b|handy|mobil(nr|nummer|\b)|\bfax|e-?mail|durchwahl|erreichbar"),
    (Meaning.POSTCODE, r"\bplz\b|postleitzahl"),
    (Meaning.MUNICIPALITY_KEY, r"\bags\b|\bars\b|gemeindeschl|regionalschl|gemeindekenn"),
    (Meaning.PARCEL, r"flurst|gemarkung|\bflur\b|grundbuch"),
    (Meaning.PERSON, (r"ansprechp|nachname|vorname|familienname|sachbearb|bearbeiter|eigentümer|antragsteller|"
                     r"\bhalter|inhaber|bewohner|mieter|kontaktperson|geburts|geb\.? ?(datum|am)")),
    (Meaning.DISTRICT, r"stadtteil|ortsteil|stadtbezirk|\bbezirk|ortschaft|quartier|sozialraum|wohnbereich|raumbezug"),
    (Meaning.ADDRESS, r"adresse|anschrift|standort|straße.*(haus|nr)|strasse.*(haus|nr)"),
    (Meaning.STREET, r"stra(ß|ss)e|\bstr\b|\bweg\b"),
    (Meaning.LONGITUDE, r"^(lon|lng|long|longitude|l(ae|ä)nge(ngrad)?|geo_?l(on|ae|ä)ng)"),
    (Meaning.LATITUDE, r"^(lat|latitude|breite(ngrad)?|geo_?(lat|breit))"),
    (Meaning.EASTING, r"^(x|rechtswert|ostwert|easting|utm_?x|x[ -_]?koord)"),
    (Meaning.NORTHING, r"^(y|hochwert|nordwert|northing|utm_?y|y[ -_]?koord)"),
    (Meaning.YEAR, r"^(bau|haushalts|schul|kalender|bezugs|kita)?jahr$|^year$"),
    (Meaning.PERIOD, r"monat|quartal|\bkw\b|woche|zeitraum"),
    (Meaning.REMARK, r"bemerk|anmerk|hinweis|notiz|beschreib|kommentar|erläut"),
    (Meaning.STATUS, r"status|zustand|stand$|bearbeitungsstand"),
    (Meaning.KEY, (r"schl(ue|ü)ssel|kennziffer|kennung|aktenzeichen|\baz\b|kennzeichen|hausn|haus-?nr|inventar|"
                  r"\bid$|^id\b|sachkonto|kostenstelle|produkt-?(nr|nummer)|baum-?(nr|nummer)|personal-?(nr|nummer)|"
                  r"konto-?(nr|nummer)|iban|vertrags-?(nr|nummer)|steuer-?(nr|nummer|id)")),
    (Meaning.LABEL, r"^name|bezeichnung|titel|objekt|einrichtung|\bart$"),
)  # fmt: skip
_TABLE = tuple((m, re.compile(r"(?i)" + p)) for m, p in _TEXTS)
_WORDY = frozenset(
    {Meaning.DISTRICT, Meaning.LABEL, Meaning.STATUS, Meaning.STREET, Meaning.ADDRESS, Meaning.REMARK, Meaning.PERSON}
)
_MONEY = frozenset({"EUR"})


def meaning_of(heading: str, column: Column, distinct: Collection[Any]) -> Meaning:
    """Return what a column is about; NONE where neither heading nor values say."""
    plain = " ".join(heading.split())
    found = next((m for m, pattern in _TABLE if pattern.search(plain)), Meaning.NONE)
    numeric = column.type in {Type.INTEGER, Type.NUMBER}
    if found in {Meaning.LONGITUDE, Meaning.LATITUDE, Meaning.EASTING, Meaning.NORTHING} and (
        not numeric or column.unit
    ):
        found = Meaning.NONE
    if found is not Meaning.NONE and not (numeric and found in _WORDY):
        return found
    if column.type is Type.BOOLEAN:
        return Meaning.YES_NO
    if column.type in {Type.DATE, Type.TIMESTAMP, Type.INSTANT}:
        return Meaning.DATE
    if numeric:
        return _of_numbers(plain, column, distinct)
    if column.type is Type.TEXT and 1 < len(distinct) <= 12 and column.filled > 4 * len(distinct):
        return Meaning.STATUS
    return Meaning.NONE


def _of_numbers(heading: str, column: Column, distinct: Collection[Any]) -> Meaning:
    if column.unit in _MONEY or re.search(r"(?i)betrag|kosten|preis|€|euro|ansatz|ertrag|aufwand", heading):
        return Meaning.MONEY
    if column.unit == "%" or re.search(r"(?i)anteil|quote|prozent|%", heading):
        return Meaning.SHARE
    years = all(isinstance(v, int | float) and 1900 <= v <= 2100 for v in list(distinct)[:2000])
    if column.type is Type.INTEGER and years and re.search(r"(?i)jahr", heading):
        return Meaning.YEAR
    if column.unit:
        return Meaning.MEASURE
    if column.type is Type.INTEGER and re.search(r"(?i)anzahl|zahl\b|einwohner|personen|plätze|fälle|bestand", heading):
        return Meaning.COUNT
    return Meaning.NONE
