# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Corrections of what a column alone does not say: local time, pairs of coordinates, words among numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from django import forms
from django.utils.translation import gettext_lazy as _

from allmende.engine.mapping import Field, Geometry, LocalTime, Mapping, Point, Status, Type
from allmende.engine.mapping.steps import AnyStep
from allmende.kernel.errors import Invalid
from allmende.kernel.text import Text
from allmende.webkit.forms import explained

ZONES = (
    ("Europe/Berlin", _("deutsche Zeit mit Sommerzeit")),
    ("UTC", _("Weltzeit (UTC)")),
    ("Etc/GMT-1", _("immer Winterzeit (MEZ)")),
)
LENGTHS = ((0, _("ein Zeitpunkt")), (900, _("15 Minuten")), (3600, _("eine Stunde")), (86400, _("ein Tag")))
SYSTEMS = (
    ("EPSG:4326", _("Länge und Breite (WGS 84)")),
    ("EPSG:4258", _("Länge und Breite (ETRS89)")),
    ("EPSG:25832", "UTM 32 (ETRS89)"),
    ("EPSG:25833", "UTM 33 (ETRS89)"),
    ("EPSG:31466", "Gauß-Krüger 2"),
    ("EPSG:31467", "Gauß-Krüger 3"),
    ("EPSG:31468", "Gauß-Krüger 4"),
    ("EPSG:31469", "Gauß-Krüger 5"),
    ("EPSG:3857", "Web-Mercator"),
)


def _first(steps: Iterable[AnyStep], kind: type[Any]) -> Any:
    return next((step for step in steps if isinstance(step, kind)), None)


def correction_fields(mapping: Mapping) -> dict[str, forms.Field]:
    """Return the form's fields, filled with what the mapping does now."""
    columns = [("", _("keine")), *((name, name) for name in mapping.wanted())]
    clock, point = _first(mapping.steps, LocalTime), _first(mapping.steps, Point)
    shape, status = _first(mapping.steps, Geometry), _first(mapping.steps, Status)
    place = point or shape
    fields: dict[str, forms.Field] = {}
    if clock is None or len(clock.columns) == 1:
        fields["time_column"] = explained(
            forms.ChoiceField(
                label=_("Spalte mit Ortszeit"),
                required=False,
                choices=columns,
                initial=clock.columns[0] if clock else "",
                help_text=_("Eine Zeit ohne Zone; daraus werden Zeitpunkt und Tag, die Zeitumstellung ist bedacht."),
            ),
            "Messzeit",
        )
    fields["time_zone"] = explained(
        forms.ChoiceField(
            label=_("Zeitzone"),
            choices=_with(ZONES, clock.zone if clock else ""),
            initial=clock.zone if clock else "Europe/Berlin",
            help_text=_("Welche Uhr die Quelle meint."),
        ),
        _("deutsche Zeit mit Sommerzeit"),
    )
    fields["time_length"] = explained(
        forms.TypedChoiceField(
            label=_("Wofür ein Wert gilt"),
            coerce=int,
            choices=_with(LENGTHS, clock.length if clock else 0),
            initial=clock.length if clock else 0,
            help_text=_("Wie lang der Zeitraum ist, den eine Zeile beschreibt."),
        ),
        _("eine Stunde"),
    )
    fields["time_end"] = explained(
        forms.BooleanField(
            label=_("Die Zeit nennt das Ende des Zeitraums"),
            required=False,
            initial=bool(clock and clock.names == "end"),
            help_text=_("Dann beginnt „10:00“ bei Stundenwerten um 9 Uhr; auch 24:00 wird verstanden."),
        ),
        "24:00",
    )
    if shape is None or point is not None:
        for name, label, sentence, example in (
            ("x", _("Spalte mit Länge oder Rechtswert"), _("Die Lage nach Osten."), "lon"),
            ("y", _("Spalte mit Breite oder Hochwert"), _("Die Lage nach Norden."), "lat"),
        ):
            fields[name] = explained(
                forms.ChoiceField(
                    label=label,
                    required=False,
                    choices=columns,
                    initial=getattr(point, name) if point else "",
                    help_text=sentence,
                ),
                example,
            )
    fields["crs"] = explained(
        forms.ChoiceField(
            label=_("Koordinatensystem"),
            choices=_with(SYSTEMS, place.crs if place else ""),
            initial=place.crs if place else "EPSG:4326",
            help_text=_("Worin die Quelle misst; wo ein Punkt falsch liegt, ist es meist ein anderes."),
        ),
        "UTM 32 (ETRS89)",
    )
    fields["swapped"] = explained(
        forms.BooleanField(
            label=_("Koordinaten sind vertauscht"),
            required=False,
            initial=bool(place and place.swapped),
            help_text=_("Die Quelle schreibt Länge und Breite unter die falsche Überschrift."),
        ),
        "51,9 / 7,6",
    )
    fields["status_column"] = explained(
        forms.ChoiceField(
            label=_("Spalte mit Wörtern zwischen Zahlen"),
            required=False,
            choices=columns,
            initial=status.column if status else "",
            help_text=_("Die Wörter kommen in eine eigene Spalte, die Zahlen bleiben."),
        ),
        "frei",
    )
    fields["status_words"] = explained(
        forms.CharField(
            label=_("Wörter und was sie heißen"),
            required=False,
            max_length=2000,
            widget=forms.Textarea(attrs={"rows": 3}),
            initial="\n".join(f"{word} = {meaning}" for word, meaning in status.marks.items()) if status else "",
            help_text=_("In jeder Zeile ein Wort der Quelle, ein Gleichheitszeichen und seine Bedeutung."),
        ),
        "ges = geschlossen",
    )
    return fields


def corrected(mapping: Mapping, given: dict[str, Any]) -> Mapping:
    """Return the mapping with its steps as the form has them, and with the fields these make. Raises Invalid."""
    steps: list[AnyStep] = list(mapping.steps)
    made: list[Field] = []
    _clock(steps, made, mapping, given)
    _place(steps, made, mapping, given)
    _status(steps, made, given)
    gone = _made(mapping.steps) - _made(steps)
    fields = [field for field in mapping.fields if (field.source or field.name) not in gone]
    known = {field.source or field.name for field in fields} | {field.name for field in fields}
    fields += [field for field in made if field.name not in known]
    return msgspec.structs.replace(mapping, steps=tuple(steps), fields=tuple(fields))


def _clock(steps: list[AnyStep], made: list[Field], mapping: Mapping, given: dict[str, Any]) -> None:
    before = _first(steps, LocalTime)
    if "time_column" in given and not given["time_column"]:
        _put(steps, before, None)
        return
    end = given["time_end"]
    if end and not given["time_length"]:
        raise Invalid(
            Text(
                "Wenn die Zeit das Ende nennt, muss der Zeitraum eine Länge haben.",
                "If the time names the end, the interval needs a length.",
            ),
            field="time_length",
        )
    columns = (given["time_column"],) if "time_column" in given else before.columns
    changed = {
        "columns": columns,
        "zone": given["time_zone"],
        "names": "end" if end else "begin",
        "length": given["time_length"],
        "midnight_24": end,
    }
    if before is not None:
        _put(steps, before, msgspec.structs.replace(before, **changed))
        return
    formats = next((f.formats for f in mapping.fields if (f.source or f.name) == columns[0]), ())
    steps.append(LocalTime(formats=formats, to="zeitpunkt", local="ortszeit", date="tag", **changed))
    made += [Field(name="zeitpunkt", type=Type.INSTANT), Field(name="tag", type=Type.DATE)]


def _place(steps: list[AnyStep], made: list[Field], mapping: Mapping, given: dict[str, Any]) -> None:
    changed = {"crs": given["crs"], "swapped": given["swapped"]}
    point, shape = _first(steps, Point), _first(steps, Geometry)
    if "x" not in given:
        _put(steps, shape, msgspec.structs.replace(shape, **changed))
    elif not given["x"] and not given["y"]:
        _put(steps, point, None)
    elif not given["x"] or not given["y"] or given["x"] == given["y"]:
        raise Invalid(
            Text("Ein Punkt braucht zwei verschiedene Spalten.", "A point needs two different columns."), field="y"
        )
    elif point is not None:
        _put(steps, point, msgspec.structs.replace(point, x=given["x"], y=given["y"], **changed))
    else:
        comma = any(f.decimal == "," for f in mapping.fields if (f.source or f.name) == given["x"])
        steps.append(Point(x=given["x"], y=given["y"], decimal="," if comma else ".", to="geometrie", **changed))
        made.append(Field(name="geometrie", type=Type.GEOMETRY))


def _status(steps: list[AnyStep], made: list[Field], given: dict[str, Any]) -> None:
    before, column = _first(steps, Status), given["status_column"]
    if not column:
        _put(steps, before, None)
        return
    lines = [line.partition("=") for line in given["status_words"].splitlines() if line.strip()]
    marks = {word.strip(): meaning.strip() for word, _sign, meaning in lines}
    if not marks or not all(word and meaning for word, meaning in marks.items()):
        raise Invalid(
            Text("Bitte in jeder Zeile ein Wort = Bedeutung.", "Please write one word = meaning on each line."),
            field="status_words",
        )
    if before is not None:
        _put(steps, before, msgspec.structs.replace(before, column=column, marks=marks))
        return
    steps.append(Status(column=column, to="zustand", marks=marks))
    made.append(Field(name="zustand"))


def _made(steps: Iterable[AnyStep]) -> set[str]:
    return {name for step in steps for name in step.makes()}


def _put(steps: list[AnyStep], before: AnyStep | None, after: AnyStep | None) -> None:
    if before is not None:
        at = steps.index(before)
        steps[at : at + 1] = [after] if after is not None else []


def _with(choices: Sequence[tuple[Any, Any]], now: Any) -> list[tuple[Any, Any]]:
    """Return the choices, and what the mapping has now where it is another."""
    known = {value for value, _title in choices}
    return [*choices, *([(now, str(now))] if now and now not in known else [])]
