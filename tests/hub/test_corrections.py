# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Steps in the page: nothing a connection file holds is lost on the way through the form; wide tables become long."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.http import QueryDict
from django.utils import translation

from allmende.config.demo import registers
from allmende.engine import connection as connections
from allmende.engine.mapping import Field, LocalTime, Mapping, Point, Status, Type, Unpivot
from allmende.hub.web.assistant import ReadingForm
from allmende.kernel.errors import Invalid
from tests.hub.pages import sent

FOLDERS = (Path(__file__).parents[2] / "examples" / "muenster", Path(registers.__file__).parent / "connections")
FILES = [path for folder in FOLDERS for path in sorted(folder.glob("*.toml"))]

CSV = {"kind": "csv", "files": "a.csv"}
#: what is hard to write in a form
HARD: dict[str, dict[str, Any]] = {
    "two of each": {
        "read": CSV | {"separator": "~", "encoding": "cp850", "skip": 3},
        "steps": [
            {"do": "local_time", "columns": ["tag", "uhr"], "zone": "Europe/Vienna", "length": 600, "names": "end"},
            {"do": "status", "column": "a", "to": "as", "marks": {"x=y": "gleich", "z": "zu"}, "otherwise": "offen"},
            {"do": "status", "column": "b", "to": "bs", "marks": {"ges": "geschlossen = zu"}, "values": {"ges": "0"}},
            {"do": "local_time", "columns": ["ende"], "zone": "UTC", "to": "i2", "local": "l2", "date": "d2",
             "names": "end", "length": 3600, "formats": ["%d.%m.%Y %H:%M"], "twice": "first", "series": ["a"]},
            {"do": "point", "x": "x1", "y": "y1", "crs": "EPSG:2398", "within": [5, 47, 15, 55], "to": "p1"},
            {"do": "point", "x": "x2", "y": "y2", "swapped": True, "decimal": ",", "to": "p2"},
            {"do": "geometry", "column": "wkt", "written": "wkt", "crs": "EPSG:4647", "to": "g"},
            {"do": "replace", "column": "a", "pattern": "x", "with": "y"},
        ],
        "fields": [
            {"name": "a", "type": "number", "missing": ["k. A.", " - ", "|", "keine Angabe"], "unit": "ug/m3",
             "title": {"de": "Höhe & „Maß“ <b>", "en": "Height"}, "factor": 2.0, "minimum": 0},
            {"name": "b", "from": "b", "required": True, "personal": True, "values": {"1": "eins"}},
            {"name": "c", "from": 'Spalte "C"', "title": {"de": "nur deutsch", "en": ""}},
        ],
    },
    "listed by hand": {
        "read": CSV,
        "steps": [
            {"do": "unpivot", "labels": {"Einw. 2019": "neunzehn", "Einw. 2020": "zwanzig"}, "label": "Das Jahr",
             "value": "n", "keep": ["ort"], "gaps": False},
            {"do": "unpivot", "columns": "^(?P<k>[ab])$", "with": {"s": "^(?P<k>[ab])-status$"}, "value": "m",
             "keep": ["ort", "n"]},
        ],
        "fields": [{"name": "ort"}, {"name": "jahr", "from": "Das Jahr"}, {"name": "n", "type": "integer"}],
    },
}  # fmt: skip
MAPPINGS = {
    f"{path.stem}/{dataset.slug}": dataset.mapping for path in FILES for dataset in connections.read(path).datasets
} | {name: msgspec.convert(plain, Mapping) for name, plain in HARD.items()}


def through_the_page(mapping: Mapping, **changed: Any) -> Mapping:
    """Return the mapping after a browser has shown and sent it, with what somebody changed meanwhile."""
    form = ReadingForm(mapping=mapping)
    page = '<form method="post">' + "".join(str(form[name]) for name in form.fields)
    given = QueryDict(mutable=True)
    for name, value in (sent(page) | changed).items():
        if value is not None:
            given.setlist(name, value if isinstance(value, list) else [value])
    form = ReadingForm(given, mapping=mapping)
    assert form.is_valid(), form.errors
    return form.corrected()


def test_there_are_mappings_of_both_towns() -> None:
    assert {path.parent for path in FILES} == set(FOLDERS) and len(MAPPINGS) > 20


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("name", MAPPINGS)
def test_a_mapping_goes_through_the_page_unchanged(name: str, language: str) -> None:
    with translation.override(language):
        assert through_the_page(MAPPINGS[name]) == MAPPINGS[name]


WIDE = msgspec.convert(
    {
        "read": CSV,
        "fields": [
            {"name": "ort"},
            *(
                {"name": f"s_{year}", "from": f"Einwohner {year}", "type": "integer", "unit": "1", "decimal": ",",
                 "thousands": ".", "missing": ["k. A."]}
                for year in range(1986, 2026)
            ),
        ],
    },
    Mapping,
)  # fmt: skip
MELT = {"melt_0_first": "Einwohner 1986", "melt_0_last": "Einwohner 2025", "melt_0_label": "jahr"}


def test_forty_columns_are_chosen_from_one_to_another() -> None:
    made = through_the_page(WIDE, **MELT, melt_0_value="einwohner", melt_0_gaps=None)
    (step,) = made.steps
    assert isinstance(step, Unpivot)
    assert step.labels == {f"Einwohner {year}": str(year) for year in range(1986, 2026)}
    assert (step.label, step.value, step.keep, step.gaps) == ("jahr", "einwohner", ("ort",), False)
    assert made.fields == (
        Field(name="ort"),
        Field(name="jahr", type=Type.INTEGER),
        Field(name="einwohner", type=Type.INTEGER, unit="1", decimal=",", thousands=".", missing=("k. A.",)),
    )
    assert through_the_page(made) == made


def test_a_column_is_taken_out_again_and_all_of_it_back() -> None:
    made = through_the_page(WIDE, **MELT, melt_0_value="einwohner")
    less = through_the_page(made, melt_0_columns=[f"Einwohner {year}" for year in range(1987, 2026)])
    (step,) = less.steps
    assert isinstance(step, Unpivot)
    assert list(step.labels.values()) == [str(year) for year in range(1987, 2026)]
    assert step.keep == ("ort", "Einwohner 1986")
    back = next(field for field in less.fields if field.source == "Einwohner 1986")
    assert (back.type, back.missing) == (Type.INTEGER, ("k. A.",))
    more = through_the_page(less, melt_0_first="Einwohner 1986", melt_0_last="Einwohner 1986")
    assert set(more.steps[0].labels) == set(made.steps[0].labels)  # type: ignore[union-attr]
    undone = through_the_page(made, melt_0_gone="on")
    assert undone.steps == ()
    assert {field.source or field.name for field in undone.fields} == {f.source or f.name for f in WIDE.fields}
    assert all(field.type is Type.INTEGER for field in undone.fields if field.source)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"melt_0_label": ""}, "melt_0_label"),
        ({"melt_0_value": ""}, "melt_0_value"),
        ({"melt_0_value": "ort"}, "melt_0_value"),
        ({"melt_0_value": "jahr"}, "melt_0_value"),
        ({"melt_0_last": ""}, "melt_0_last"),
        ({"melt_0_first": ""}, "melt_0_first"),
        ({"melt_0_last": "Einwohner 1986"}, "melt_0_columns"),
    ],
)
def test_what_a_wide_table_lacks_is_said_at_its_field(changed: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        through_the_page(WIDE, **(MELT | {"melt_0_value": "einwohner"} | changed))
    assert refused.value.more["field"] == field


def test_a_second_step_of_each_kind_is_added_beside_the_first() -> None:
    first = through_the_page(
        MAPPINGS["two of each"],
        time_2_column="b", time_2_zone="UTC", point_2_x="x1", point_2_y="y2", status_2_column='Spalte "C"',
        status_2_words="u = unbekannt",
    )  # fmt: skip
    added = first.steps[len(MAPPINGS["two of each"].steps) :]
    assert [type(step) for step in added] == [LocalTime, Point, Status]
    assert first.steps[: -len(added)] == MAPPINGS["two of each"].steps
    names = [field.name for field in first.fields]
    assert names[-4:] == ["zeitpunkt", "tag_2", "geometrie", "zustand"], "one column is called tag already"
    assert through_the_page(first) == first


def test_what_a_step_alone_had_read_comes_back_without_it() -> None:
    undone = through_the_page(MAPPINGS["two of each"], time_1_gone="on", point_1_gone="on")
    assert [type(step).__name__ for step in undone.steps].count("LocalTime") == 1
    back = {field.source or field.name: field for field in undone.fields}
    assert back["ende"].type is Type.TIMESTAMP and back["ende"].formats == ("%d.%m.%Y %H:%M",)
    assert {"x2", "y2"} <= set(back)
