# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The empty template (Vorlage) of a list: an Excel file with the expected columns, which checks what is typed in.

Django-free. Written by XlsxWriter; read again by us like any other list.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import xlsxwriter

from allmende.engine.mapping import Type
from allmende.hub.terms import Expected
from allmende.kernel.text import Text

#: Rows the checks reach down to.
ROWS = 5_000

_KINDS = {
    Type.TEXT: ("Text", ""),
    Type.INTEGER: ("ganze Zahl", "12"),
    Type.NUMBER: ("Zahl", "12,5"),
    Type.DECIMAL: ("Zahl mit zwei Nachkommastellen", "1200,50"),
    Type.BOOLEAN: ("ja oder nein", "ja"),
    Type.DATE: ("Datum", "31.10.2026"),
    Type.TIME: ("Uhrzeit", "14:30"),
    Type.TIMESTAMP: ("Datum und Uhrzeit", "31.10.2026 14:30"),
    Type.INSTANT: ("Datum und Uhrzeit", "31.10.2026 14:30"),
}


def template(title: Text, expected: Sequence[Expected], key: Sequence[str]) -> bytes:
    """Return the template as an .xlsx file: the list with its headings and checks, and a sheet that explains them."""
    columns = [one for one in expected if not one.made]
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": f"Vorlage: {title.de}", "comments": "Allmende"})
    head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E6EAF2", "text_wrap": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    formats = {
        Type.DATE: book.add_format({"num_format": "dd.mm.yyyy"}),
        Type.TIME: book.add_format({"num_format": "hh:mm"}),
        Type.TIMESTAMP: book.add_format({"num_format": "dd.mm.yyyy hh:mm"}),
        Type.INSTANT: book.add_format({"num_format": "dd.mm.yyyy hh:mm"}),
        Type.TEXT: book.add_format({"num_format": "@"}),
    }
    sheet = book.add_worksheet("Liste")
    explained = book.add_worksheet("Erklärung")
    long = [one for one in columns if _too_long(one)]
    values = book.add_worksheet("Werte") if long else None  # never hidden: what is hidden stops a delivery
    for index, one in enumerate(columns):
        kind = Type(one.type)
        heading = one.heading.rsplit(" – ", 1)[-1] if one.heading else one.name
        sheet.write_string(0, index, one.heading or one.name, head)
        sheet.set_column(index, index, max(12, min(40, len(heading) + 4)), formats.get(kind))
        if values is not None and one in long:
            for row, value in enumerate(one.values):
                values.write_string(row, index, value)
        if check := _check(one, kind, index):
            sheet.data_validation(1, index, ROWS, index, {**check, **_words(one, kind, heading)})
    sheet.freeze_panes(1, 0)
    explained.set_column(0, 0, 30)
    explained.set_column(1, 3, 34)
    for place, word in enumerate(("Spalte", "Was hineingehört", "Beispiel", "Hinweis")):
        explained.write_string(0, place, word, head)
    for index, one in enumerate(columns, 1):
        word, example = _KINDS.get(Type(one.type), ("Text", ""))
        explained.write_string(index, 0, one.heading or one.name, wrapped)
        explained.write_string(index, 1, f"{word}{f' in {one.unit}' if one.unit else ''}", wrapped)
        explained.write_string(index, 2, one.values[0] if one.values else example, wrapped)
        notes = []
        if one.name in key:
            notes.append("Daran wird die Zeile wiedererkannt: jede nur einmal, immer gleich geschrieben.")
        if one.values:
            notes.append(f"Bitte aus der Liste wählen: {', '.join(one.values)[:300]}")
        explained.write_string(index, 3, " ".join(notes), wrapped)
    last = len(columns) + 2
    explained.write_string(last, 0, "Bitte keine Namen, Telefonnummern oder Bemerkungen über Menschen eintragen.")
    explained.write_string(last + 1, 0, "Eine Zeile für jeden Eintrag; keine Summen, keine Leerzeilen, keine Farben.")
    book.close()
    return out.getvalue()


def _too_long(one: Expected) -> bool:
    """Return whether the values do not fit into the check itself: Excel takes 255 characters, and no commas."""
    return len(",".join(one.values)) > 255 or any("," in value for value in one.values)


def _check(one: Expected, kind: Type, index: int) -> dict[str, object]:
    if one.values:
        letter = xlsxwriter.utility.xl_col_to_name(index)
        listed = f"=Werte!${letter}$1:${letter}${len(one.values)}"
        source = listed if _too_long(one) else list(one.values)
        return {"validate": "list", "source": source, "error_type": "warning"}
    match kind:
        case Type.BOOLEAN:
            return {"validate": "list", "source": ["ja", "nein"]}
        case Type.INTEGER:
            return {"validate": "integer", "criteria": "between", "minimum": -(10**12), "maximum": 10**12}
        case Type.NUMBER | Type.DECIMAL:
            return {"validate": "decimal", "criteria": "between", "minimum": -1e15, "maximum": 1e15}
        case Type.DATE | Type.TIMESTAMP | Type.INSTANT:
            return {"validate": "date", "criteria": ">=", "value": "=DATE(1900,1,1)"}
        case Type.TIME:
            return {"validate": "time", "criteria": "between", "minimum": 0, "maximum": 0.99999}
        case _:
            return {}


def _words(one: Expected, kind: Type, heading: str) -> dict[str, object]:
    word, example = _KINDS.get(kind, ("Text", ""))
    unit = f" in {one.unit}" if one.unit else ""
    said = "Bitte aus der Liste wählen." if one.values else f"{word}{unit}, zum Beispiel {example}"
    return {
        "ignore_blank": True,
        "input_title": heading[:32],
        "input_message": said[:255],
        "error_title": "Das passt nicht",
        "error_message": f"In die Spalte „{heading[:60]}“ gehört: {said}"[:255],
    }
