# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""From a question to the SQL that the hub runs. Pure: the same question and the same registers give the same text.

The SQL is written to be read: people may look at it and take it over. Names and values of a question are quoted here;
what the SQL may read is decided by the gate and by rights, not here.

Every answer has the columns of :data:`COLUMNS`. Rows whose ``alle_orte`` (``alle_zeiten``, ``alle_merkmale``) is 1
are totals over all places (times, values of the dimension); a row with no place where ``alle_orte`` is 0 holds what
was not matched.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from allmende.catalogue.terms import FieldDraft
from allmende.insight.meaning import Kind, Known, is_amount, is_number, is_time, is_year, kind
from allmende.insight.terms import (
    MOST_FILTERS,
    MOST_VALUES,
    Check,
    Comparison,
    Filter,
    Function,
    Match,
    Part,
    Period,
    Question,
)
from allmende.kernel.errors import Invalid, NotFound
from allmende.kernel.text import Text

#: What an answer's columns are, in this order.
COLUMNS = (
    "ort", "nummer", "alle_orte", "zeit", "alle_zeiten", "merkmal", "alle_merkmale", "zeilen", "gesperrt", "wert",
    "unbekannt", "vergleich_zeilen", "vergleich_gesperrt", "vergleich", "ergebnis", "umriss",
)  # fmt: skip

#: The time zone in which the towns' days begin.
ZONE = "Europe/Berlin"

#: Names that matched no area are listed up to so many.
MOST_NAMES = 5


class Compiled(msgspec.Struct, frozen=True):
    """A question's SQL, and whether a place without rows stands for a zero, for both parts."""

    sql: str
    zero: bool
    other_zero: bool


def to_sql(question: Question, known: Mapping[str, Known]) -> Compiled:
    """Return the SQL of a question for the reader who sees the data sets as ``known`` says.

    Raises NotFound for a data set that is not among them, Invalid (naming the place) where the question does not fit.
    """
    areas = question.areas
    keyed = question.what.match is not None
    sections: list[str] = []
    if areas is not None:
        sections += _areas(question, _known(known, areas.dataset))
    elif question.what.match in {Match.POINT, Match.NAME, Match.NUMBER}:
        raise _wrong(
            "areas", "Es fehlt, nach welchen Gebieten gefragt ist.", "It is missing which areas are asked for."
        )
    if areas is not None and not keyed:
        raise _wrong("place", "Es fehlt, welche Spalte den Ort nennt.", "It is missing which field names the place.")
    what = _Part(question, question.what, _known(known, question.what.dataset), "werte")
    sections += what.sections()
    other = None
    if question.compared in {Comparison.RATIO, Comparison.BESIDE}:
        if question.other is None:
            raise _wrong("other", "Es fehlt, womit verglichen wird.", "It is missing what to compare with.")
        other = _Part(question, question.other, _known(known, question.other.dataset), "vergleich", second=True)
        if other.keyed != what.keyed:
            raise _wrong(
                "other",
                "Beide Datensätze brauchen denselben Ortsbezug.",
                "Both data sets need the same kind of place.",
            )
        if not other.keyed and not other.timed and question.compared is Comparison.BESIDE and what.timed:
            raise _wrong("other", "Dem zweiten Datensatz fehlt die Zeit.", "The second data set has no time.")
        sections += other.sections()
    if question.compared in {Comparison.AREA, Comparison.AVERAGE} and areas is None:
        raise _wrong("compared", "Dieser Vergleich braucht Gebiete.", "This comparison needs areas.")
    if not 1 <= question.per <= 1_000_000:
        raise _wrong("per", "Je 1 bis 1.000.000.", "Per 1 to 1,000,000.")
    sql = "WITH " + ",\n".join(sections) + _final(question, what, other)
    return Compiled(sql, what.zero, other.zero if other is not None else False)


def distinct_values(known: Known, field: str, most: int) -> str:
    """Return the SQL that lists the values of a field, the most frequent first."""
    column = quoted(_field(known, field, "field").name)
    return (
        f"SELECT CAST({column} AS VARCHAR) AS wert, count(*) AS zeilen FROM {_table(known)} WHERE {column} IS NOT NULL "  # noqa: S608 (quoted)
        f"GROUP BY ALL ORDER BY zeilen DESC, wert LIMIT {most}"
    )


# --- words of SQL -----------------------------------------------------------------------------------------------------


def quoted(name: str) -> str:
    """Return a name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """Return a text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"


def folded(expression: str) -> str:
    """Return the SQL that makes spellings of a name alike: case, umlauts, hyphens, spaces."""
    inner = f"lower(CAST({expression} AS VARCHAR))"
    for written, plain in (("ß", "ss"), ("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("-", " ")):
        inner = f"replace({inner}, '{written}', '{plain}')"
    return f"trim(regexp_replace({inner}, '\\s+', ' ', 'g'))"


def fold_address(expression: str) -> str:
    """Return the SQL that makes spellings of an address alike: also “Str.”, and “5 a” beside “5a”."""
    street = f"trim(regexp_replace({folded(expression)}, 'str(\\.|\\b) *', 'strasse '))"
    return f"regexp_replace({street}, '(\\d) ([a-z])$', '\\1\\2')"


def _numbered(expression: str) -> str:
    return f"ltrim(trim(CAST({expression} AS VARCHAR)), '0')"


def _table(known: Known) -> str:
    tenant, _dot, slug = known.name.partition(".")
    return f"{tenant}.{slug}"  # short names are ASCII words (kernel.ids)


def _wrong(place: str, de: str, en: str) -> Invalid:
    return Invalid(Text(de, en), field=place)


def _known(known: Mapping[str, Known], name: str) -> Known:
    found = known.get(name)
    if found is None:
        raise NotFound(
            Text(f"Einen solchen Datensatz gibt es nicht: {name}.", f"There is no such data set: {name}."),
            datasets=[name],
        )
    return found


def _field(known: Known, name: str, place: str) -> FieldDraft:
    found = known.field(name)
    if found is None:
        raise _wrong(
            place,
            f"„{known.title.de}“ hat keine Spalte „{name}“, die Sie sehen dürfen.",
            f"“{known.title.en}” has no field “{name}” that you may see.",
        )
    return found


def _areas(question: Question, known: Known) -> list[str]:
    areas = question.areas
    assert areas is not None
    outline = _field(known, areas.geometry, "areas")
    if kind(outline) is not Kind.GEOMETRY:
        raise _wrong("areas", "Die Gebiete haben keine Umrisse.", "The areas have no outlines.")
    columns = [
        f"CAST({quoted(_field(known, areas.name, 'areas').name)} AS VARCHAR) AS gebiet",
        f"CAST({quoted(_field(known, areas.number, 'areas').name)} AS VARCHAR) AS nummer"
        if areas.number
        else "NULL AS nummer",
        f"{quoted(outline.name)} AS flaeche",
    ]
    return [
        f"gebiete AS (\n  SELECT {', '.join(columns)}\n  FROM {_table(known)}\n)",  # noqa: S608 (quoted)
        # as fine as a map can show, a quarter of a dot on 760
        "massstab AS (\n  SELECT (max(ST_XMax(flaeche)) - min(ST_XMin(flaeche))) / 3000 AS schritt FROM gebiete\n)",
    ]


class _Part:
    """One part of a question on its way to SQL: rows brought to places, times and values, then measured."""

    def __init__(self, question: Question, part: Part, known: Known, name: str, *, second: bool = False) -> None:
        self.question, self.part, self.known, self.name = question, part, known, name
        self.keyed = part.match is not None
        self.timed = question.every is not None and bool(part.time)
        self.by = "" if second else question.by
        if question.every is not None and not part.time and not second:
            raise _wrong("time", "Es fehlt, welche Spalte die Zeit nennt.", "It is missing which field says when.")
        self._check()
        counts = part.function is Function.COUNT or (
            part.function is Function.SUM and is_amount(_field(known, part.field, "field"))
        )
        self.zero = counts and known.complete

    def _check(self) -> None:
        part = self.part
        if part.function is Function.COUNT:
            if part.field:
                raise _wrong("field", "Eine Anzahl braucht keine Spalte.", "A count takes no field.")
        elif (part.function is not Function.SHARE or part.field) and not is_number(
            _field(self.known, part.field, "field")
        ):
            raise _wrong("field", "Damit kann man nicht rechnen.", "One cannot calculate with this.")
        if part.function is Function.SHARE and part.share is None:
            raise _wrong("share", "Es fehlt, wovon der Anteil gesucht ist.", "It is missing whose share is asked for.")
        if self.known.protected and not (part.field and part.function in {Function.SUM, Function.SHARE}):
            raise _wrong(
                "function",
                "Sie bekommen hier die geschützte Auswertungstabelle. Aus ihr lassen sich nur Summen und Anteile der "
                "Anzahl bilden.",
                "You get the protected release table here. Only sums and shares of its count can be made from it.",
            )
        if len(part.filters) > MOST_FILTERS:
            raise _wrong("filters", f"Höchstens {MOST_FILTERS} Bedingungen.", f"At most {MOST_FILTERS} conditions.")
        if self.by:
            field = _field(self.known, self.by, "by")
            if kind(field) not in {Kind.TEXT, Kind.BOOLEAN, Kind.WHOLE}:
                raise _wrong("by", "Danach lässt sich nicht gliedern.", "One cannot divide by this.")
        if part.time and not is_time(_field(self.known, part.time, "time")):
            raise _wrong("time", "Diese Spalte nennt keine Zeit.", "This field does not say when.")

    @property
    def dimensions(self) -> list[str]:
        """What is grouped by, in the order of the columns."""
        found = ["ort"] if self.keyed else []
        found += ["zeit"] if self.timed else []
        return found + (["merkmal"] if self.by else [])

    def sections(self) -> list[str]:
        """Return the part's two WITH sections."""
        part, known = self.part, self.known
        columns: list[str] = []
        join = ""
        if self.keyed:
            join, place, raw = self._place()
            columns.append(f"{place} AS ort")
            if raw:
                columns.append(f"{raw} AS unbekannt")
            if part.match is Match.ADDRESS:
                columns.append(f"CAST(d.{quoted(part.place)} AS VARCHAR) AS anzeige")
        if self.timed:
            columns.append(f"{self._period()} AS zeit")
        if self.by:
            columns.append(f"CAST(d.{quoted(self.by)} AS VARCHAR) AS merkmal")
        if part.field:
            columns.append(f"d.{quoted(part.field)} AS zahl")
        if part.share is not None:
            columns.append(f"coalesce({self._passes(part.share)}, false) AS teil")
        if known.protected:
            columns.append("d.status = 'suppressed' AS gesperrt")
        conditions = [self._passes(one) for one in part.filters] + self._times()
        where = "\n  WHERE " + "\n    AND ".join(conditions) if conditions else ""
        rows = (
            f"{self.name}_zeilen AS (\n  SELECT {', '.join(columns) or 'true AS zeile'}\n"  # noqa: S608 (quoted)
            f"  FROM {_table(known)} AS d{join}{where}\n)"
        )
        return [rows, self._grouped(bool(join))]

    def _grouped(self, matched: bool) -> str:
        groups = self.dimensions
        columns = [*groups, *(f"grouping({one}) AS {_TOTALS[one]}" for one in groups), "count(*) AS zeilen"]
        columns.append("count_if(gesperrt) AS gesperrt" if self.known.protected else "0 AS gesperrt")
        columns.append(f"{self._measured()} AS wert")
        if matched and self.part.match is not Match.POINT:
            columns.append(
                "array_to_string(list_slice(list_sort(list(DISTINCT unbekannt) FILTER (WHERE ort IS NULL)), 1, "
                f"{MOST_NAMES}), '; ') AS unbekannt"
            )
        else:
            columns.append("NULL AS unbekannt")
        if self.part.match is Match.ADDRESS:
            columns.append("min(anzeige) AS anzeige")  # one of the spellings, always the same
        sets = [[one for i, one in enumerate(groups) if not mask >> i & 1] for mask in range(1 << len(groups))]
        grouped = ", ".join("(" + ", ".join(one) + ")" for one in sets)
        by = f"\n  GROUP BY GROUPING SETS ({grouped})" if groups else ""
        return f"{self.name} AS (\n  SELECT {', '.join(columns)}\n  FROM {self.name}_zeilen{by}\n)"  # noqa: S608 (our own names)

    def _measured(self) -> str:
        simple = {Function.SUM: "sum", Function.MEAN: "avg", Function.MIN: "min", Function.MAX: "max"}
        function = self.part.function
        if function is Function.COUNT:
            return "count(*)"
        if function is Function.SHARE:
            whole = "sum(zahl)" if self.part.field else "count(*)"
            part = "sum(zahl) FILTER (WHERE teil)" if self.part.field else "count_if(teil)"
            value = f"100 * CAST(coalesce({part}, 0) AS DOUBLE) / nullif({whole}, 0)"
        else:
            value = f"{simple[function]}(zahl)"
        if self.known.protected:
            return f"CASE WHEN count_if(gesperrt) = 0 THEN {value} END"
        return value

    def _place(self) -> tuple[str, str, str]:
        """Return the join to the areas, the place's expression, and what a place was called that was not found."""
        part = self.part
        field = _field(self.known, part.place, "place")
        column = f"d.{quoted(field.name)}"
        if part.match in {Match.KEY, Match.ADDRESS}:
            if self.question.areas is not None:
                raise _wrong("match", "So findet sich kein Gebiet.", "No area is found this way.")
            if kind(field) not in {Kind.TEXT, Kind.WHOLE}:
                raise _wrong("place", "Diese Spalte nennt keinen Ort.", "This field names no place.")
            key = fold_address(column) if part.match is Match.ADDRESS else f"CAST({column} AS VARCHAR)"
            return "", key, ""
        areas = self.question.areas
        if areas is None:
            raise _wrong(
                "areas", "Es fehlt, nach welchen Gebieten gefragt ist.", "It is missing which areas are meant."
            )
        if part.match is Match.POINT:
            if kind(field) is not Kind.GEOMETRY:
                raise _wrong("place", "Diese Spalte enthält keine Orte.", "This field holds no places.")
            on = f"ST_Contains(g.flaeche, ST_PointOnSurface({column}))"
        elif part.match is Match.NUMBER:
            if not areas.number:
                raise _wrong("match", "Die Gebiete haben keine Nummern.", "The areas have no numbers.")
            on = f"{_numbered('g.nummer')} = {_numbered(column)}"
        else:
            on = f"{folded('g.gebiet')} = {folded(column)}"
        if kind(field) not in {Kind.TEXT, Kind.WHOLE, Kind.GEOMETRY}:
            raise _wrong("place", "Diese Spalte nennt keinen Ort.", "This field names no place.")
        raw = "" if part.match is Match.POINT else f"CAST({column} AS VARCHAR)"
        return f"\n  LEFT JOIN gebiete AS g ON {on}", "g.gebiet", raw

    def _day(self, alias: str = "d") -> str:
        """Return the local day a row belongs to; of a year its first."""
        field = _field(self.known, self.part.time, "time")
        column = f"{alias}.{quoted(field.name)}"
        if is_year(field):
            return f"make_date(CAST({column} AS BIGINT), 1, 1)"
        if kind(field) is Kind.INSTANT:
            return f"CAST(timezone('{ZONE}', {column}) AS DATE)"
        return f"CAST({column} AS DATE)"

    def _period(self) -> str:
        assert self.question.every is not None
        field = _field(self.known, self.part.time, "time")
        if is_year(field) and self.question.every is not Period.YEAR:
            raise _wrong("every", "Diese Spalte kennt nur Jahre.", "This field knows years only.")
        return f"CAST(date_trunc('{self.question.every.value}', {self._day()}) AS DATE)"

    def _times(self) -> list[str]:
        part, question = self.part, self.question
        if not part.time:
            if part.latest:
                raise _wrong("time", "Es fehlt, welche Spalte die Zeit nennt.", "It is missing which field says when.")
            return []
        found = []
        bounds = [(">=", question.since), ("<=", question.until)]
        for sign, day in bounds:
            if day is not None:
                found.append(f"{self._day()} {sign} DATE '{day.isoformat()}'")
        if part.latest:
            within = [f"{self._day('l')} {sign} DATE '{day.isoformat()}'" for sign, day in bounds if day is not None]
            where = " WHERE " + " AND ".join(within) if within else ""
            found.append(f"{self._day()} = (SELECT max({self._day('l')}) FROM {_table(self.known)} AS l{where})")  # noqa: S608 (quoted)
        return found

    def _passes(self, one: Filter) -> str:
        field = _field(self.known, one.field, "filters")
        column = f"d.{quoted(field.name)}"
        if not one.values or len(one.values) > MOST_VALUES:
            raise _wrong(
                "filters",
                f"Eine Bedingung braucht 1 bis {MOST_VALUES} Werte.",
                f"A condition takes 1 to {MOST_VALUES} values.",
            )
        if one.check is Check.IS:
            return f"CAST({column} AS VARCHAR) IN ({', '.join(map(literal, one.values))})"
        if not is_number(field) or len(one.values) != 1:
            raise _wrong("filters", "Dieser Vergleich braucht eine Zahl.", "This comparison takes a number.")
        try:
            value = float(one.values[0].replace(",", "."))
        except ValueError:
            value = float("nan")
        if not abs(value) < 1e15:
            raise _wrong("filters", f"„{one.values[0]}“ ist keine Zahl.", f"“{one.values[0]}” is not a number.")
        return f"{column} {'<' if one.check is Check.UNDER else '>='} {value!r}"


_TOTALS = {"ort": "alle_orte", "zeit": "alle_zeiten", "merkmal": "alle_merkmale"}


def _final(question: Question, what: _Part, other: _Part | None) -> str:
    """Return the last SELECT: all areas, whether rows are there or not, beside what they are compared with."""
    with_areas = question.areas is not None
    groups = what.dimensions
    place = "coalesce(g.gebiet, w.ort)" if with_areas else "w.ort" if what.keyed else "NULL"
    total_place = "coalesce(w.alle_orte, 0)" if what.keyed else "1"
    plain = {
        "ort": place,
        "nummer": "g.nummer" if with_areas else "w.anzeige" if question.what.match is Match.ADDRESS else "NULL",
        "alle_orte": total_place,
        "zeit": "w.zeit" if "zeit" in groups else "NULL",
        "alle_zeiten": "coalesce(w.alle_zeiten, 1)" if "zeit" in groups else "1",
        "merkmal": "w.merkmal" if "merkmal" in groups else "NULL",
        "alle_merkmale": "coalesce(w.alle_merkmale, 1)" if "merkmal" in groups else "1",
        "zeilen": "coalesce(w.zeilen, 0)",
        "gesperrt": "coalesce(w.gesperrt, 0)",
        "wert": "coalesce(w.wert, CASE WHEN w.zeilen IS NULL THEN 0 END)" if what.zero else "w.wert",
        "unbekannt": "w.unbekannt",
    }
    source = "gebiete AS g\n  FULL JOIN werte AS w ON w.ort = g.gebiet" if with_areas else "werte AS w"
    if with_areas:
        plain["flaeche"] = "g.flaeche"
    columns = ",\n    ".join(f"{expression} AS {name}" for name, expression in plain.items())
    rows = f"zusammen AS (\n  SELECT {columns}\n  FROM {source}\n)"  # noqa: S608 (our own names)
    shown = [f"z.{name}" for name in COLUMNS[:11]]
    joined = "zusammen AS z"
    measured = "z.wert"
    if other is not None:
        on = ["v.ort IS NOT DISTINCT FROM z.ort", "v.alle_orte = z.alle_orte"] if other.keyed else []
        if other.timed:
            on += ["v.zeit IS NOT DISTINCT FROM z.zeit", "v.alle_zeiten = z.alle_zeiten"]
        compared = "v.wert"
        if other.zero:
            compared = "coalesce(v.wert, CASE WHEN v.zeilen IS NULL THEN 0 END)"
        # with addresses and keys, places only the second data set knows are places too
        kind_of_join = (
            "FULL JOIN" if other.keyed and not with_areas and question.compared is Comparison.BESIDE else "LEFT JOIN"
        )
        joined += f"\n{kind_of_join} vergleich AS v ON {' AND '.join(on) or 'true'}"
        shown += ["coalesce(v.zeilen, 0) AS vergleich_zeilen", "coalesce(v.gesperrt, 0) AS vergleich_gesperrt"]
        shown.append(f"{compared} AS vergleich")
        if kind_of_join == "FULL JOIN":
            spelling = "v.anzeige" if other.part.match is Match.ADDRESS else "NULL"
            shown[1] = f"coalesce(z.nummer, {spelling}) AS nummer"
            shown[7], shown[8] = "coalesce(z.zeilen, 0) AS zeilen", "coalesce(z.gesperrt, 0) AS gesperrt"
            if what.zero:
                measured = "coalesce(z.wert, CASE WHEN z.zeilen IS NULL THEN 0 END)"
                shown[9] = f"{measured} AS wert"
            shown[0], shown[2] = "coalesce(z.ort, v.ort) AS ort", "coalesce(z.alle_orte, v.alle_orte) AS alle_orte"
            shown[4], shown[6] = (
                "coalesce(z.alle_zeiten, 1) AS alle_zeiten",
                "coalesce(z.alle_merkmale, 1) AS alle_merkmale",
            )
        if question.compared is Comparison.RATIO:
            measured = f"{question.per} * CAST(z.wert AS DOUBLE) / nullif({compared}, 0)"
    else:
        shown += ["0 AS vergleich_zeilen", "0 AS vergleich_gesperrt"]
        if question.compared is Comparison.AREA:
            size = "ST_Area_Spheroid(ST_FlipCoordinates(z.flaeche)) / 1000000"  # latitude first, as PROJ has it
            shown.append(f"{size} AS vergleich")
            measured = f"CAST(z.wert AS DOUBLE) / ({size})"
        else:
            shown.append("NULL AS vergleich")
    shown.append(f"{measured} AS ergebnis")
    if with_areas:
        shown.append(
            "CASE WHEN z.alle_zeiten = 1 AND z.alle_merkmale = 1 AND z.flaeche IS NOT NULL\n"
            "    THEN ST_SimplifyPreserveTopology(z.flaeche, (SELECT schritt FROM massstab)) END AS umriss"
        )
    else:
        shown.append("NULL AS umriss")
    select = ", ".join(shown)
    return (
        f",\n{rows}\nSELECT {select}\nFROM {joined}\nORDER BY alle_orte, ort, alle_zeiten, zeit, alle_merkmale, merkmal"
    )
