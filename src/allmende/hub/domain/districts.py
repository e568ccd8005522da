# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Giving a list's rows their district: by the town's own street list and by its own district polygons.

Both are data sets of the town, named once by its administration; nobody outside is asked. What did not match is
counted with its reason, and nothing is guessed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import msgspec
import pyarrow as pa
from django.db import transaction

from allmende.catalogue import door as catalogue
from allmende.catalogue.terms import Mode
from allmende.engine.plan import Field, Relation
from allmende.engine.streets import Hit, Miss, Streets, Stretch, read, side_of
from allmende.hub.domain.changes import note
from allmende.hub.domain.reading import bound, relation_of
from allmende.hub.models import Binding, TownDistricts
from allmende.hub.terms import DistrictRule
from allmende.hub.tools import tools
from allmende.kernel.clock import now
from allmende.kernel.errors import Conflict, Invalid
from allmende.kernel.text import Text
from allmende.rights import door as rights
from allmende.rights.terms import Action, Class, Subject

#: What the columns of a street list, and of a table of districts, are asked for.
STREET_COLUMNS = ("street", "district", "first", "last", "side", "former")
AREA_COLUMNS = ("district", "geometry")
#: Places looked up in one go: they travel in the question.
_POINTS = 2_000


class Given(msgspec.Struct, frozen=True):
    """Rows with their districts, and what there is to say: the rule used, how many have none, and why."""

    rows: pa.Table
    notes: tuple[Text, ...]


def set_districts(
    actor: Subject,
    *,
    tenant: str,
    streets: str = "",
    street_columns: dict[str, str] | None = None,
    areas: str = "",
    area_columns: dict[str, str] | None = None,
) -> None:
    """Name the data sets by which rows are given their district. Needs ADMINISTER.

    They are read for everybody's lists: so they must be open or internal, without secrets and obligations.
    """
    rights.require(actor, Action.ADMINISTER, tenant, "")
    for dataset, columns, wanted in (
        (streets, street_columns or {}, ("street", "district")),
        (areas, area_columns or {}, ("district", "geometry")),
    ):
        if not dataset:
            continue
        entry, _ = catalogue.draft(actor, dataset)
        if (
            entry.tenant != tenant
            or entry.cls not in {Class.OPEN, Class.INTERNAL}
            or entry.secrets
            or entry.obligations
        ):
            raise Invalid(
                Text(
                    "Dafür eignet sich nur ein offener oder verwaltungsinterner Datensatz der Kommune ohne Auflagen.",
                    "Only an open or internal data set of the town without obligations is fit for that.",
                ),
                field="streets" if dataset == streets else "areas",
            )
        there = {field.name for field in entry.fields}
        for name in wanted:
            if columns.get(name) not in there:
                raise Invalid(
                    Text(f"Die Spalte für „{name}“ fehlt.", f"The column for “{name}” is missing."), field=name
                )
    with transaction.atomic():
        TownDistricts.objects.update_or_create(
            tenant=tenant,
            defaults={
                "streets": UUID(streets) if streets else None,
                "street_columns": street_columns or {},
                "areas": UUID(areas) if areas else None,
                "area_columns": area_columns or {},
                "changed_at": now(),
            },
        )
        note(actor, "set_districts", tenant, tenant=tenant, streets=streets, areas=areas)


def give_districts(rows: pa.Table, rule: DistrictRule, *, tenant: str) -> Given:
    """Return the rows with their district in the column ``rule.into``. Raises Conflict where the town has not said by
    what, Invalid where a column is missing."""
    kept = TownDistricts.objects.filter(tenant=tenant).first()
    needed = [rule.street, rule.number] if rule.street else [rule.longitude, rule.latitude]
    for name in filter(None, needed):
        if name not in rows.column_names:
            raise Invalid(
                Text(f"Die Spalte „{name}“ gibt es nicht (mehr).", f"There is no column “{name}” (any more)."),
                field="districts",
            )
    if rule.into in rows.column_names:
        raise Invalid(
            Text(f"Eine Spalte „{rule.into}“ gibt es schon.", f"There is a column “{rule.into}” already."),
            field="districts",
        )
    if rule.street:
        if kept is None or kept.streets is None:
            raise _unset(Text("Ein Straßenverzeichnis", "A street list"))
        return _by_streets(rows, rule, streets_of(kept), _named(kept.streets))
    if kept is None or kept.areas is None:
        raise _unset(Text("Ein Datensatz mit den Flächen der Stadtteile", "A data set with the areas of the districts"))
    return _by_areas(rows, rule, kept)


def streets_of(kept: TownDistricts) -> Streets:
    """Return the town's street list as it is now."""
    columns = kept.street_columns
    asked = [columns.get(name, "") for name in STREET_COLUMNS]
    found = []
    for street, district, first, last, side, former in _read(str(kept.streets), asked):
        names = tuple(name for name in re.split(r"[;,|]", former) if name.strip())
        low, high = _number(first), _number(last)
        found.append((street, Stretch(district.strip(), low, high, side_of(side)), names))
    return Streets(found)


def _by_streets(rows: pa.Table, rule: DistrictRule, streets: Streets, by: str) -> Given:
    written = [str(value or "") for value in rows.column(rule.street).to_pylist()]
    numbers = (
        [str(value or "") for value in rows.column(rule.number).to_pylist()] if rule.number else [""] * len(written)
    )
    known: dict[tuple[str, str], Hit] = {}
    hits, missed = [], Counter[str]()
    for pair in zip(written, numbers, strict=True):
        if pair not in known:
            known[pair] = streets.find(read(*pair))
        hit = known[pair]
        hits.append(hit)
        if hit.miss is Miss.STREET:
            missed[read(*pair).street] += 1
    notes = [
        Text(
            f"Stadtteile nach Straße und Hausnummer, aus dem Straßenverzeichnis „{by}“ ({len(streets)} Straßen).",
            f"Districts by street and house number, from the street list “{by}” ({len(streets)} streets).",
        ),
        *_counted([hit.miss for hit in hits]),
    ]
    if former := sum(hit.former for hit in hits):
        notes.append(
            Text(
                f"Über einen früheren Straßennamen zugeordnet: {former}.", f"Matched by a former street name: {former}."
            )
        )
    for street, count in missed.most_common(5):
        near = streets.nearest(street)
        hint = Text(f" Gemeint sein könnte „{near}“.", f" It may mean “{near}”.") if near else Text("", "")
        notes.append(
            Text(f"„{street}“ ist unbekannt ({count}).{hint.de}", f"“{street}” is not known ({count}).{hint.en}")
        )
    return Given(_with(rows, rule.into, [hit.district or None for hit in hits]), tuple(notes))


def _by_areas(rows: pa.Table, rule: DistrictRule, kept: TownDistricts) -> Given:
    points = [
        (float(x), float(y)) if _is_number(x) and _is_number(y) else None
        for x, y in zip(rows.column(rule.longitude).to_pylist(), rows.column(rule.latitude).to_pylist(), strict=True)
    ]
    wanted = sorted({point for point in points if point is not None})
    found: dict[tuple[float, float], set[str]] = {}
    area = _relation(str(kept.areas))
    district, geometry = (_quoted(kept.area_columns[name]) for name in AREA_COLUMNS)
    for begin in range(0, len(wanted), _POINTS):
        part = wanted[begin : begin + _POINTS]
        values = ", ".join(f"({x!r}, {y!r})" for x, y in part)
        sql = (
            f"SELECT p.x, p.y, CAST(a.{district} AS VARCHAR) AS d FROM (VALUES {values}) AS p(x, y) "  # noqa: S608
            f"JOIN ({area.sql}) AS a ON ST_Intersects(a.{geometry}, ST_Point(CAST(p.x AS DOUBLE), CAST(p.y AS DOUBLE)))"
        )
        fields = (Field("x", "DOUBLE"), Field("y", "DOUBLE"), Field("d", "VARCHAR"))
        casted = f"SELECT CAST(x AS DOUBLE) AS x, CAST(y AS DOUBLE) AS y, d FROM ({sql})"  # noqa: S608
        relation = msgspec.structs.replace(area, sql=casted, fields=fields)
        for x, y, name in tools().rows(relation):
            found.setdefault((float(str(x)), float(str(y))), set()).add(str(name))
    misses: list[Miss | None] = []
    values_: list[str | None] = []
    for point in points:
        names = found.get(point, set()) if point is not None else set()
        misses.append(
            Miss.EMPTY if point is None else None if len(names) == 1 else Miss.SEVERAL if names else Miss.RANGE
        )
        values_.append(next(iter(names)) if len(names) == 1 else None)
    said = {
        Miss.EMPTY: Text("ohne Ort", "without a place"),
        Miss.RANGE: Text("Ort liegt in keinem Stadtteil", "place in no district"),
        Miss.SEVERAL: Text("Ort liegt auf der Grenze zweier Stadtteile", "place on the border of two districts"),
    }
    by = _named(kept.areas)
    rule_said = Text(
        f"Stadtteile nach dem Ort, aus den Flächen des Datensatzes „{by}“.",
        f"Districts by place, from the areas of the data set “{by}”.",
    )
    return Given(_with(rows, rule.into, values_), (rule_said, *_counted(misses, said)))


def _counted(misses: Sequence[Miss | None], said: dict[Miss, Text] | None = None) -> list[Text]:
    counts = Counter(miss for miss in misses if miss is not None)
    total, missed = len(misses), sum(counts.values())
    notes = [Text(f"Zugeordnet: {total - missed} von {total} Zeilen.", f"Matched: {total - missed} of {total} rows.")]
    for miss, count in counts.most_common():
        reason = (said or {}).get(miss, miss.reason)
        notes.append(Text(f"{count} ohne Stadtteil: {reason.de}.", f"{count} without a district: {reason.en}."))
    return notes


def _with(rows: pa.Table, name: str, values: list[str | None]) -> pa.Table:
    return rows.append_column(name, pa.array(values, pa.string()))


def _read(dataset: str, columns: Sequence[str]) -> list[tuple[str, ...]]:
    relation = _relation(dataset)
    listed = ", ".join(
        f"coalesce(CAST({_quoted(name)} AS VARCHAR), '') AS c{index}" if name else f"'' AS c{index}"
        for index, name in enumerate(columns)
    )
    fields = tuple(Field(f"c{index}", "VARCHAR") for index in range(len(columns)))
    asked = msgspec.structs.replace(relation, sql=f"SELECT {listed} FROM ({relation.sql})", fields=fields)  # noqa: S608
    return [tuple(str(value) for value in row) for row in tools().rows(asked)]


def _relation(dataset: str) -> Relation:
    binding = Binding.objects.select_related("connection__source", "mapping", "copy").get(dataset=dataset)
    if binding.mode == Mode.DIRECT.value or binding.copy is None:
        return relation_of(bound(binding))
    path = str(tools().files / binding.copy.path).replace("'", "''")
    fields = tuple(Field(one["name"], one["type"]) for one in binding.copy.fields)
    listed = ", ".join(_quoted(field.name) for field in fields)
    return Relation(f"SELECT {listed} FROM read_parquet('{path}')", fields, (), (path,))  # noqa: S608


def _named(dataset: UUID | None) -> str:
    return Binding.objects.values_list("name", flat=True).get(dataset=str(dataset))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _number(value: str) -> int:
    found = re.match(r"\s*(\d+)", value)
    return int(found[1]) if found else 0


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and value == value


def _unset(what: Text) -> Conflict:
    return Conflict(
        Text(
            f"{what.de} hat die Verwaltung der Kommune noch nicht benannt.",
            f"{what.en} has not been named by the town's administration yet.",
        ),
        field="districts",
    )
