# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""From the rows of a question's SQL to what is shown: values with classes, reasons, sentences. Pure: no I/O."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from allmende.engine.plan import Field
from allmende.hub.envelope import Permission, Provenance
from allmende.insight import sentences as told
from allmende.insight import titles
from allmende.insight.compile import COLUMNS, Compiled
from allmende.insight.meaning import Known, area_words
from allmende.insight.sentences import Noun, Told
from allmende.insight.terms import (
    MOST_PLACES,
    Comparison,
    Function,
    Match,
    Part,
    Place,
    Question,
    Reason,
    ShownAnswer,
    Split,
    Unmatched,
)
from allmende.kernel.errors import Invalid
from allmende.kernel.text import Text
from allmende.webkit import maps
from allmende.webkit.classes import classify


class _Row(msgspec.Struct, frozen=True):
    """One row of the answer, in the order of the columns."""

    ort: str | None
    nummer: str | None
    alle_orte: int
    zeit: str | None
    alle_zeiten: int
    merkmal: str | None
    alle_merkmale: int
    zeilen: int
    gesperrt: int
    wert: float | None
    unbekannt: str | None
    vergleich_zeilen: int
    vergleich_gesperrt: int
    vergleich: float | None
    ergebnis: float | None
    umriss: Any


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Who asked what: all that is known before the rows are."""

    question: Question
    known: Mapping[str, Known]
    compiled: Compiled
    purpose: str
    at: datetime


def blank(asked: Asked) -> ShownAnswer:
    """Return an answer that has no rows (yet)."""
    one, many = area_words(asked.question.areas)
    return ShownAnswer(
        question=asked.question,
        title=titles.title(asked.question, asked.known),
        measure=titles.measure(asked.question, asked.known),
        unit=titles.unit(asked.question, asked.known),
        areas_one=one,
        areas_many=many,
        purpose=asked.purpose,
        sql=asked.compiled.sql,
        asked_at=asked.at,
    )


def shape(
    asked: Asked,
    fields: Sequence[Field],
    rows: Sequence[Sequence[object]],
    provenance: Sequence[Provenance],
    permission: Permission,
) -> ShownAnswer:
    """Return the answer. Raises Invalid where two areas have the same name, or where there are too many places."""
    read = [_row(row) for row in rows]
    return _Shaping(asked, read).answer(fields, provenance, permission)


def _row(row: Sequence[object]) -> _Row:
    values = dict(zip(COLUMNS, row, strict=True))
    for name in ("wert", "vergleich", "ergebnis"):
        value = values[name]
        values[name] = float(value) if isinstance(value, int | float) and math.isfinite(value) else None
    return _Row(**values)  # type: ignore[arg-type]


class _Shaping:
    def __init__(self, asked: Asked, rows: list[_Row]) -> None:
        self.asked, self.question, self.known = asked, asked.question, asked.known
        self.rows = rows
        self.one, self.many = area_words(self.question.areas)
        self.keyed = self.question.what.match is not None
        self.unmatched = self._unmatched()

    # --- what found no place

    def _unmatched(self) -> tuple[Unmatched, ...]:
        if self.question.areas is None:
            return ()
        lost = next(
            (r for r in self.rows if r.ort is None and not r.alle_orte and r.alle_zeiten and r.alle_merkmale), None
        )
        whole = next((r for r in self.rows if r.alle_orte and r.alle_zeiten and r.alle_merkmale), None)
        found = []
        if lost is not None and whole is not None:
            names = tuple((lost.unbekannt or "").split("; ")) if lost.unbekannt else ()
            if lost.zeilen:
                found.append(
                    Unmatched(dataset=self.question.what.dataset, count=lost.zeilen, of=whole.zeilen, names=names)
                )
            if lost.vergleich_zeilen and self.question.other is not None:
                found.append(
                    Unmatched(
                        dataset=self.question.other.dataset, count=lost.vergleich_zeilen, of=whole.vergleich_zeilen
                    )
                )
        return tuple(found)

    def _lost_by_name(self, part: Part | None) -> bool:
        """Whether rows of the part stand under names that no area has: then what is absent need not be zero."""
        return (
            part is not None
            and part.match in {Match.NAME, Match.NUMBER}
            and any(one.dataset == part.dataset for one in self.unmatched)
        )

    # --- values and reasons

    def value(self, row: _Row) -> tuple[float | None, Reason | None]:
        """Return the row's value, or why there is none."""
        question, what = self.question, self.known[self.question.what.dataset]
        if row.gesperrt:
            return None, Reason.SUPPRESSED
        if not row.zeilen:
            if self._lost_by_name(question.what):
                return None, Reason.NOT_MATCHED
            if row.wert is None:
                return None, Reason.NO_DATA if what.complete else Reason.LIMITED
        if question.compared in {Comparison.NONE, Comparison.AVERAGE, Comparison.BESIDE}:
            return row.wert, None if row.wert is not None else Reason.NO_DATA
        if question.other is not None:
            if row.vergleich_gesperrt:
                return None, Reason.SUPPRESSED
            if not row.vergleich_zeilen and self._lost_by_name(question.other):
                return None, Reason.NOT_MATCHED
        if row.ergebnis is None:
            return None, Reason.NOTHING_TO_COMPARE if row.wert is not None else Reason.NO_DATA
        return row.ergebnis, None

    def why(self, reason: Reason) -> Text:
        """Return the reason in a sentence."""
        title = self.known[self.question.what.dataset].title
        one = self.one
        if reason is Reason.SUPPRESSED:
            return Text(
                "Hier steckt eine Zahl unter der Mindestfallzahl, oder eine, aus der sie sich errechnen ließe. Damit "
                "niemand erkannt wird, bleibt der Wert aus.",
                "A number below the minimum group is part of this, or one it could be computed from. So that nobody is "
                "recognised there is no value.",
            )
        if reason is Reason.LIMITED:
            return Text(
                f"Eine Auflage zeigt Ihnen nur einen Teil der Zeilen aus „{title.de}“. Ob es hier keine gibt oder Sie sie "
                "nicht sehen dürfen, lässt sich nicht sagen.",
                f"An obligation shows you only a part of the rows of “{title.en}”. Whether there are none here or you "
                "may not see them cannot be told.",
            )
        if reason is Reason.NOT_MATCHED:
            names = "; ".join(dict.fromkeys(name for lost in self.unmatched for name in lost.names))
            tail = f": {names}" if names else ""
            return Text(
                f"Unter diesem Namen steht nichts; es gibt aber Einträge unter Namen, die kein {one.de} trägt{tail}. "
                "Vielleicht gehören sie hierher.",
                f"Nothing stands under this name; but there are entries under names that no {one.en} has{tail}. "
                "They may belong here.",
            )
        if reason is Reason.NOTHING_TO_COMPARE:
            return Text(
                "Der Wert, mit dem verglichen wird, fehlt hier oder ist null.",
                "The value to compare with is missing here, or zero.",
            )
        return Text(
            f"In „{title.de}“ gibt es dazu keine Zeile mit einem Wert.",
            f"There is no row with a value for it in “{title.en}”.",
        )

    # --- the parts of the answer

    def places(self) -> list[Place]:
        found = []
        for row in self.rows:
            if row.ort is None or row.alle_orte or not row.alle_zeiten or not row.alle_merkmale:
                continue
            value, reason = self.value(row)
            found.append(
                Place(
                    name=self.name(row),
                    number=(row.nummer or "") if self.question.areas is not None else "",
                    value=value,
                    measured=row.wert if not row.gesperrt else None,
                    other=row.vergleich if not row.vergleich_gesperrt else None,
                    rows=row.zeilen,
                    reason=reason,
                    why=self.why(reason) if reason is not None else None,
                    geometry=_geometry(row.umriss),
                )
            )
        return found

    def splits(self) -> list[Split]:
        question = self.question
        found = []
        for row in self.rows:
            if not (row.alle_orte or not self.keyed):
                continue
            if question.every is not None and question.by:
                wanted = not row.alle_zeiten and row.alle_merkmale  # time first; the dimension is in the table
            elif question.every is not None:
                wanted = not row.alle_zeiten
            else:
                wanted = bool(question.by) and not row.alle_merkmale
            if not wanted:
                continue
            value, reason = self.value(row)
            moment = date.fromisoformat(row.zeit[:10]) if row.zeit else None
            label = self.label(row.zeit) if question.every is not None else row.merkmal or "–"
            found.append(Split(label=label, value=value, moment=moment, reason=reason))
        if question.every is not None:
            found.sort(key=lambda one: one.moment or date.min)
        else:
            found.sort(key=lambda one: (one.value is None, -(one.value or 0), one.label))
        return found

    def name(self, row: _Row) -> str:
        """Return what a place is called; of an address one of its spellings, not the folded one that was compared."""
        return (row.nummer if self.question.areas is None else None) or row.ort or "–"

    def label(self, day: str | None) -> str:
        return titles.period(self.question.every, day)

    def total(self) -> _Row | None:
        return next(
            (r for r in self.rows if (r.alle_orte or not self.keyed) and r.alle_zeiten and r.alle_merkmale), None
        )

    def answer(self, fields: Sequence[Field], provenance: Sequence[Provenance], permission: Permission) -> ShownAnswer:
        question = self.question
        places, splits, whole = self.places() if self.keyed else [], self.splits(), self.total()
        if question.areas is not None:
            self._check(places)
        if len(places) > MOST_PLACES:
            places = places[:MOST_PLACES]
            cut = True
        else:
            cut = False
        base = blank(self.asked)
        total = self.value(whole)[0] if whole is not None else None
        if question.compared is Comparison.AREA:
            total = _density(places)
        speaks = self._told(places, splits, total, base.unit)
        mean = told.average(speaks) if speaks is not None and speaks.values else None
        if question.compared is Comparison.AVERAGE:
            nothing = self.why(Reason.NOTHING_TO_COMPARE)
            places = [_beside(place, mean, nothing) for place in places]
        values = [place.value for place in places if place.value is not None]
        classes = classify(values, question.method) if question.areas is not None and values else None
        if classes is not None:
            places = [msgspec.structs.replace(place, level=classes.level(place.value)) for place in places]
        if speaks is not None:
            three = told.three(speaks)
        else:
            other = whole.vergleich if whole is not None and not whole.vergleich_gesperrt else None
            three = told.single(
                total, base.unit, whole.zeilen if whole is not None else 0,
                self.known[question.what.dataset].title, other if question.other is not None else None,
            )  # fmt: skip
        columns, table = self._table(places)
        limits = tuple(dict.fromkeys(one.limits for one in provenance if one.limits.de))
        return msgspec.structs.replace(
            base,
            columns=columns,
            fields=tuple(fields),
            rows=table,
            places=tuple(places),
            splits=tuple(splits),
            total=total,
            average=mean,
            classes=classes,
            sentences=three,
            notes=(*self._notes(), *self._gaps(splits), *((_TOO_MANY,) if cut else ())),
            unmatched=self.unmatched,
            sources=tuple(provenance),
            limits=limits,
            permission=permission,
        )

    def _told(self, places: list[Place], splits: list[Split], total: float | None, unit: str) -> Told | None:
        added = self.question.what.function in {Function.COUNT, Function.SUM} and self.question.compared in {
            Comparison.NONE, Comparison.BESIDE, Comparison.AVERAGE,
        }  # fmt: skip
        if self.keyed:
            noun = Noun(self.one, self.many) if self.question.areas is not None else told.PLACES
            pairs = tuple((place.name, place.value) for place in places if place.value is not None)
            return Told(noun=noun, values=pairs, of=len(places), unit=unit, total=total, added=added)
        if splits:
            noun = told.TIMES if self.question.every is not None else told.GROUPS
            pairs = tuple((one.label, one.value) for one in splits if one.value is not None)
            return Told(
                noun=noun, values=pairs, of=len(splits), unit=unit, total=total, added=added,
                in_time=self.question.every is not None,
            )  # fmt: skip
        return None

    def _check(self, places: list[Place]) -> None:
        names = [place.name for place in places]
        twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
        if twice:
            raise Invalid(
                Text(
                    f"Mehrere {self.many.de} tragen denselben Namen: {', '.join(twice[:3])}. So lassen sie sich nicht "
                    "auseinanderhalten.",
                    f"Several {self.many.en} have the same name: {', '.join(twice[:3])}. They cannot be told apart.",
                ),
                field="areas",
            )

    def _notes(self) -> list[Text]:
        found = []
        for lost in self.unmatched:
            part = self.question.what if lost.dataset == self.question.what.dataset else self.question.other
            title = self.known[lost.dataset].title
            count, of = told.figure(lost.count), told.figure(lost.of)
            entries = Text("Eintrag" if lost.of == 1 else "Einträgen", "entry" if lost.of == 1 else "entries")
            head = Text(
                f"{count.de} von {of.de} {entries.de} aus „{title.de}“",
                f"{count.en} of {of.en} {entries.en} of “{title.en}”",
            )
            single = lost.count == 1
            names = f": {'; '.join(lost.names)}" if lost.names else ""
            if part is not None and part.match is Match.POINT:
                found.append(
                    Text(
                        f"{head.de} {'liegt' if single else 'liegen'} in keinem {self.one.de}.",
                        f"{head.en} {'lies' if single else 'lie'} in no {self.one.en}.",
                    )
                )
            else:
                found.append(
                    Text(
                        f"{head.de} {'gehört' if single else 'gehören'} zu keinem {self.one.de}{names}.",
                        f"{head.en} {'belongs' if single else 'belong'} to no {self.one.en}{names}.",
                    )
                )
        for name in self.question.datasets:
            if not self.known[name].complete:
                title = self.known[name].title
                found.append(
                    Text(
                        f"Sie sehen nicht alle Zeilen aus „{title.de}“ (Auflage); die Zahlen sind deshalb vielleicht zu klein.",
                        f"You do not see all rows of “{title.en}” (obligation); the figures may therefore be too small.",
                    )
                )
        return found

    def _gaps(self, splits: list[Split]) -> list[Text]:
        """Return why parts of the whole have no value; of places each says it itself."""
        reasons = dict.fromkeys(one.reason for one in splits if one.reason is not None)
        found = []
        for reason in reasons:
            named = [one.label for one in splits if one.reason is reason]
            head, why = ", ".join(named[:MOST_NAMED]) + (" …" if len(named) > MOST_NAMED else ""), self.why(reason)
            found.append(Text(f"{head}: {why.de}", f"{head}: {why.en}"))
        return found

    def _table(self, places: list[Place]) -> tuple[tuple[Text, ...], tuple[tuple[object, ...], ...]]:
        question = self.question
        measure = titles.measure(question, self.known)
        result = [measure]
        if question.compared is not Comparison.NONE:
            result = [titles.measured(question.what, self.known), titles.compared(question, self.known)]
            if question.compared is not Comparison.BESIDE:
                result.append(measure)
        split = [
            *([titles.TIME] if question.every else []),
            *([titles.dimension(question, self.known)] if question.by else []),
        ]
        if not split:
            head = (
                [self.one if question.areas is not None else titles.place(question, self.known)] if self.keyed else []
            )
            if not self.keyed:
                whole = self.total()
                value = self.value(whole)[0] if whole is not None else None
                beside = (whole.wert, whole.vergleich, value) if whole is not None else (None, None, None)
                return tuple(result), ((value,) if len(result) == 1 else beside[: len(result)],)
            rows: list[tuple[object, ...]] = []
            for place in places:
                values = (place.value,) if len(result) == 1 else (place.measured, place.other, place.value)
                rows.append((place.name, *values[: len(result)]))
            return (*head, *result), tuple(rows)
        head = [self.one if question.areas is not None else titles.place(question, self.known)] if self.keyed else []
        wanted = [
            row
            for row in self.rows
            if (row.ort is not None or not self.keyed)
            and (not self.keyed or not row.alle_orte)
            and (question.every is None or not row.alle_zeiten)
            and (not question.by or not row.alle_merkmale)
        ]
        table: list[tuple[object, ...]] = []
        for row in wanted:
            value, _reason = self.value(row)
            names: list[object] = [self.name(row)] if self.keyed else []
            names += [self.label(row.zeit)] if question.every is not None else []
            names += [row.merkmal or "–"] if question.by else []
            values = (value,) if len(result) == 1 else (
                None if row.gesperrt else row.wert, None if row.vergleich_gesperrt else row.vergleich, value,
            )  # fmt: skip
            table.append((*names, *values[: len(result)]))
        return (*head, *split, *result), tuple(table)


#: Of parts without a value so many are named.
MOST_NAMED = 6

_TOO_MANY = Text(f"Gezeigt werden die ersten {MOST_PLACES} Orte.", f"The first {MOST_PLACES} places are shown.")


def _density(places: Sequence[Place]) -> float | None:
    """Return what all areas together have per square kilometre; None where one of them has no value."""
    known = [
        (place.measured, place.other) for place in places if place.measured is not None and place.other is not None
    ]
    size = math.fsum(other for _, other in known)
    return math.fsum(measured for measured, _ in known) / size if size and len(known) == len(places) else None


def _beside(place: Place, mean: float | None, nothing: Text) -> Place:
    """Return the place with its distance from the average, in per cent, as its value."""
    if place.value is None:
        return place
    if not mean:
        return msgspec.structs.replace(place, value=None, reason=Reason.NOTHING_TO_COMPARE, why=nothing)
    return msgspec.structs.replace(place, other=mean, value=(place.value / mean - 1) * 100)


def _geometry(value: object) -> dict[str, Any] | None:
    """Return an outline if it is one through and through: strangers write cells."""
    found = maps.geometry(value)
    return found if found is not None and "Polygon" in found["type"] else None
