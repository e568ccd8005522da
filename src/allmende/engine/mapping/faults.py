# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What can be wrong with a source, and what is done about it, in words."""

from __future__ import annotations

from enum import StrEnum

from allmende.kernel.text import Text


class Effect(StrEnum):
    """What becomes of a fault."""

    REPAIRED = "repaired"  # the value is right now
    TRANSLATED = "translated"  # the value was looked up in the mapping's list
    EMPTY = "empty"  # the source says that there is no value
    REFUSED_CELL = "refused_cell"  # the cell is empty in the answer, the row stays
    REFUSED_ROW = "refused_row"  # the row is not in the answer
    LEFT_OUT = "left_out"  # the mapping says the row is not data (footer, second header, total)


class Fault(StrEnum):
    """Kinds of faults."""

    ENCODING = "encoding"
    BYTE_ORDER_MARK = "byte_order_mark"
    TORN = "torn"
    SURPLUS_CELL = "surplus_cell"
    BLANK_LINE = "blank_line"
    FOOTER = "footer"
    TOO_LONG = "too_long"
    NOT_LOCATED = "not_located"
    FILTERED = "filtered"
    BLANKS = "blanks"
    DECIMAL_COMMA = "decimal_comma"
    MISSING_MARK = "missing_mark"
    STATUS_MARK = "status_mark"
    SPELLING = "spelling"
    LISTED = "listed"
    UNREADABLE = "unreadable"
    OUT_OF_RANGE = "out_of_range"
    REQUIRED = "required"
    PATTERN = "pattern"
    HOUR_24 = "hour_24"
    END_OF_INTERVAL = "end_of_interval"
    DOUBLED_HOUR = "doubled_hour"
    MISSING_HOUR = "missing_hour"
    SWAPPED = "swapped"
    COORDINATES = "coordinates"
    GEOMETRY = "geometry"


#: Each fault in the product's words.
WORDS: dict[Fault, Text] = {
    Fault.ENCODING: Text(
        "Zeichen, die es in dieser Zeichenkodierung nicht gibt", "characters that do not exist in this encoding"
    ),
    Fault.BYTE_ORDER_MARK: Text("Markierung am Dateianfang (BOM) entfernt", "byte order mark removed"),
    Fault.TORN: Text("Zeile mit falscher Zahl von Zellen", "line with the wrong number of cells"),
    Fault.SURPLUS_CELL: Text("überzählige leere Zelle am Zeilenende", "surplus empty cell at the end of the line"),
    Fault.BLANK_LINE: Text("leere Zeile", "blank line"),
    Fault.FOOTER: Text("Fußzeile", "footer line"),
    Fault.TOO_LONG: Text("Zelle oder Zeile länger als erlaubt", "cell or line longer than allowed"),
    Fault.NOT_LOCATED: Text(
        "nicht lesbare Zeile ohne bestimmbare Zeilennummer", "unreadable line whose number is not known"
    ),
    Fault.FILTERED: Text("nach der Zuordnung kein Datensatzinhalt", "not data according to the mapping"),
    Fault.BLANKS: Text("Leerzeichen am Rand entfernt", "blanks at the edge removed"),
    Fault.DECIMAL_COMMA: Text(
        "Dezimalkomma oder Tausenderpunkt umgesetzt", "decimal comma or thousands mark converted"
    ),
    Fault.MISSING_MARK: Text("Zeichen für „kein Wert“", "mark for “no value”"),
    Fault.STATUS_MARK: Text("Wort statt Zahl, als Status übernommen", "word instead of a number, taken as status"),
    Fault.SPELLING: Text("Schreibweise berichtigt", "spelling corrected"),
    Fault.LISTED: Text("Wert steht in der Liste der Zuordnung", "value stands in the mapping's list"),
    Fault.UNREADABLE: Text("Wert nicht lesbar", "value not readable"),
    Fault.OUT_OF_RANGE: Text("Wert außerhalb des erlaubten Bereichs", "value out of range"),
    Fault.REQUIRED: Text("Pflichtangabe fehlt", "required value missing"),
    Fault.PATTERN: Text("Wert passt nicht zum Muster", "value does not fit the pattern"),
    Fault.HOUR_24: Text("Uhrzeit 24:00 auf 00:00 des Folgetags gelegt", "time 24:00 moved to 00:00 of the next day"),
    Fault.END_OF_INTERVAL: Text(
        "Zeit nannte das Ende, auf den Anfang gelegt", "time named the end, moved to the beginning"
    ),
    Fault.DOUBLED_HOUR: Text(
        "doppelte Stunde der Zeitumstellung nach Reihenfolge aufgelöst",
        "doubled hour of the clock change resolved by order",
    ),
    Fault.MISSING_HOUR: Text(
        "Zeit, die es wegen der Zeitumstellung nicht gab", "time that did not exist because of the clock change"
    ),
    Fault.SWAPPED: Text("vertauschte Koordinaten zurückgetauscht", "swapped coordinates put right"),
    Fault.COORDINATES: Text("Koordinaten in WGS 84 umgerechnet", "coordinates converted to WGS 84"),
    Fault.GEOMETRY: Text("Geometrie nicht lesbar", "geometry not readable"),
}

#: Each effect in the product's words.
EFFECTS: dict[Effect, Text] = {
    Effect.REPAIRED: Text("berichtigt", "repaired"),
    Effect.TRANSLATED: Text("übersetzt", "translated"),
    Effect.EMPTY: Text("als leer erkannt", "recognised as empty"),
    Effect.REFUSED_CELL: Text("Zelle zurückgewiesen", "cell refused"),
    Effect.REFUSED_ROW: Text("Zeile zurückgewiesen", "row refused"),
    Effect.LEFT_OUT: Text("ausgelassen", "left out"),
}
