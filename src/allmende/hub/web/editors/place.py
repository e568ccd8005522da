# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Points and shapes in the form."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from django import forms
from django.utils.translation import gettext_lazy as _

from allmende.engine.mapping import Field, Geometry, Point, Type
from allmende.hub.web.editors.given import Added, Given, State, column_choices, with_present
from allmende.kernel.text import Text
from allmende.webkit.forms import explained

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


def point_fields(step: Point | None, columns: Sequence[str]) -> dict[str, forms.Field]:
    """Return the fields of a point."""
    made: dict[str, forms.Field] = {}
    for name, label, sentence, example in (
        ("x", _("Spalte mit Länge oder Rechtswert"), _("Die Lage nach Osten."), "lon"),
        ("y", _("Spalte mit Breite oder Hochwert"), _("Die Lage nach Norden."), "lat"),
    ):
        now = getattr(step, name) if step else ""
        made[name] = explained(
            forms.ChoiceField(
                label=label,
                required=step is not None,
                choices=column_choices(columns, now, may_be_none=step is None),
                initial=now,
                help_text=sentence,
            ),
            example,
        )
    return made | shape_fields(step, columns)


def shape_fields(step: Point | Geometry | None, columns: Sequence[str]) -> dict[str, forms.Field]:  # noqa: ARG001
    """Return the fields of all places: the system, and whether the two are the wrong way round."""
    return {
        "crs": explained(
            forms.ChoiceField(
                label=_("Koordinatensystem"),
                choices=with_present(SYSTEMS, step.crs if step else ""),
                initial=step.crs if step else "EPSG:4326",
                help_text=_("Worin die Quelle misst; wo ein Punkt falsch liegt, ist es meist ein anderes."),
            ),
            "UTM 32 (ETRS89)",
        ),
        "swapped": explained(
            forms.BooleanField(
                label=_("Koordinaten sind vertauscht"),
                required=False,
                initial=bool(step and step.swapped),
                help_text=_("Die Quelle schreibt Länge und Breite unter die falsche Überschrift."),
            ),
            "51,9 / 7,6",
        ),
    }


def shape_changed(step: Geometry, given: Given, state: State) -> Geometry:  # noqa: ARG001 (as all of them)
    """Return the step as the form has it."""
    return msgspec.structs.replace(step, crs=given["crs"], swapped=given["swapped"])


def point_changed(step: Point, given: Given, state: State) -> Point:  # noqa: ARG001 (as all of them)
    """Return the step as the form has it."""
    _check(given)
    return msgspec.structs.replace(step, x=given["x"], y=given["y"], crs=given["crs"], swapped=given["swapped"])


def point_added(given: Given, state: State) -> Added | None:
    """Return a new step, if columns were chosen."""
    if not given["x"] and not given["y"]:
        return None
    _check(given)
    comma = any(f.decimal == "," for f in state.fields if (f.source or f.name) == given["x"])
    step = Point(
        x=given["x"],
        y=given["y"],
        decimal="," if comma else ".",
        crs=given["crs"],
        swapped=given["swapped"],
        to=state.free("geometrie"),
    )
    return Added(step, [Field(name=step.to, type=Type.GEOMETRY)])


def _check(given: Given) -> None:
    if not given["x"] or not given["y"] or given["x"] == given["y"]:
        raise given.wrong(
            "y", Text("Ein Punkt braucht zwei verschiedene Spalten.", "A point needs two different columns.")
        )
