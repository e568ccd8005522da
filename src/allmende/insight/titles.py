# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What questions, measures and periods are called. Pure, no Django. Words of data sets are never inflected."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from allmende.catalogue.terms import FieldDraft
from allmende.insight.meaning import Known, area_words, is_amount, label
from allmende.insight.sentences import figure
from allmende.insight.terms import Check, Comparison, Filter, Function, Part, Period, Question
from allmende.kernel.text import Text
from allmende.webkit.templatetags.allmende import unit as unit_words

TIME = Text("Zeit", "time")

FUNCTIONS = {
    Function.COUNT: Text("Anzahl", "number"),
    Function.SUM: Text("Summe", "sum"),
    Function.MEAN: Text("Mittelwert", "mean"),
    Function.MIN: Text("kleinster Wert", "smallest value"),
    Function.MAX: Text("größter Wert", "largest value"),
    Function.SHARE: Text("Anteil", "share"),
}
PERIODS = {
    Period.YEAR: Text("Jahr", "year"),
    Period.QUARTER: Text("Quartal", "quarter"),
    Period.MONTH: Text("Monat", "month"),
    Period.WEEK: Text("Woche", "week"),
    Period.DAY: Text("Tag", "day"),
}


def _field(known: Mapping[str, Known], part: Part) -> FieldDraft | None:
    found = known.get(part.dataset)
    return found.field(part.field) if found is not None else None


def _titled(known: Mapping[str, Known], name: str) -> Text:
    found = known.get(name)
    return found.title if found is not None else Text(name, name)


def measured(part: Part, known: Mapping[str, Known]) -> Text:
    """Return what a part measures: “Verbrauch (Summe)”."""
    word = FUNCTIONS[part.function]
    field = _field(known, part)
    if part.function is Function.SHARE and part.share is not None:
        what = condition(part.share, known.get(part.dataset))
        return Text(f"Anteil {what.de}", f"share {what.en}")
    if field is None:
        return word
    named = label(field)
    if part.function is Function.SUM and is_amount(field):
        return named
    return Text(f"{named.de} ({word.de})", f"{named.en} ({word.en})")


def compared(question: Question, known: Mapping[str, Known]) -> Text:
    """Return what a value is compared with."""
    if question.compared is Comparison.AREA:
        return Text("Fläche", "area")
    if question.compared is Comparison.AVERAGE or question.other is None:
        return Text("Durchschnitt", "average")
    part = question.other
    named = measured(part, known)
    if part.function is Function.COUNT:
        named = Text(f"{named.de}: {_titled(known, part.dataset).de}", f"{named.en}: {_titled(known, part.dataset).en}")
    return _narrowed(named, part, known)


def measure(question: Question, known: Mapping[str, Known]) -> Text:
    """Return what the value shown is."""
    base = measured(question.what, known)
    if question.compared is Comparison.AREA:
        return Text(f"{base.de} je km²", f"{base.en} per km²")
    if question.compared is Comparison.AVERAGE:
        return Text(f"{base.de}: Abweichung vom Durchschnitt", f"{base.en}: deviation from the average")
    if question.compared is Comparison.RATIO:
        per = figure(question.per)
        other = compared(question, known)
        head = "" if question.per == 1 else f"{per.de} "
        return Text(
            f"{base.de} je {head}{other.de}", f"{base.en} per {'' if question.per == 1 else per.en + ' '}{other.en}"
        )
    return base


def unit(question: Question, known: Mapping[str, Known]) -> str:
    """Return the unit of the value shown, as people write it."""
    if question.compared is Comparison.AVERAGE:
        return "%"
    if question.what.function is Function.SHARE:
        return "%" if question.compared in {Comparison.NONE, Comparison.BESIDE} else ""
    if question.compared in {Comparison.RATIO, Comparison.AREA}:
        return ""
    field = _field(known, question.what)
    return unit_words(field.unit) if field is not None else ""


def condition(one: Filter, known: Known | None) -> Text:
    """Return a condition in words: “Altersgruppe: 0-2, 3-5”."""
    field = known.field(one.field) if known is not None else None
    named = label(field) if field is not None else Text(one.field, one.field)
    shown = list(one.values[:4])
    more = len(one.values) - len(shown)
    values = ", ".join(shown) + (f" (+{more})" if more else "")
    if one.check is Check.UNDER:
        return Text(f"{named.de} unter {values}", f"{named.en} below {values}")
    if one.check is Check.FROM:
        return Text(f"{named.de} ab {values}", f"{named.en} from {values}")
    return Text(f"{named.de}: {values}", f"{named.en}: {values}")


def _narrowed(named: Text, part: Part, known: Mapping[str, Known]) -> Text:
    for one in part.filters:
        words = condition(one, known.get(part.dataset))
        named = Text(f"{named.de}, {words.de}", f"{named.en}, {words.en}")
    return named


def dimension(question: Question, known: Mapping[str, Known]) -> Text:
    """Return what is divided by."""
    found = known.get(question.what.dataset)
    field = found.field(question.by) if found is not None else None
    return label(field) if field is not None else Text(question.by, question.by)


def place(question: Question, known: Mapping[str, Known]) -> Text:
    """Return what names the places where there are no areas."""
    found = known.get(question.what.dataset)
    field = found.field(question.what.place) if found is not None else None
    return label(field) if field is not None else Text(question.what.place, question.what.place)


def title(question: Question, known: Mapping[str, Known]) -> Text:
    """Return what a question is called if nobody gave it a name: “Baumkataster: Anzahl je Stadtteil”."""
    head = _titled(known, question.what.dataset)
    what = _narrowed(measure(question, known), question.what, known)
    by: list[Text] = []
    if question.areas is not None:
        by.append(area_words(question.areas)[0])
    elif question.what.match is not None:
        by.append(place(question, known))
    if question.every is not None:
        by.append(PERIODS[question.every])
    if question.by:
        by.append(dimension(question, known))
    if by:
        de, en = " und ".join(one.de for one in by), " and ".join(one.en for one in by)
        what = (
            Text(f"{what.de}, je {de}", f"{what.en}, by {en}")
            if _needs_comma(question)
            else Text(f"{what.de} je {de}", f"{what.en} by {en}")
        )
    if question.since or question.until:
        span = _span(question.since, question.until)
        what = Text(f"{what.de}, {span.de}", f"{what.en}, {span.en}")
    return Text(f"{head.de}: {what.de}", f"{head.en}: {what.en}")


def _needs_comma(question: Question) -> bool:
    return question.compared is not Comparison.NONE or bool(question.what.filters) or question.what.share is not None


def _span(since: date | None, until: date | None) -> Text:
    if since and until:
        return Text(f"{since:%d.%m.%Y} bis {until:%d.%m.%Y}", f"{since:%d %b %Y} to {until:%d %b %Y}")
    if since:
        return Text(f"ab {since:%d.%m.%Y}", f"from {since:%d %b %Y}")
    assert until is not None
    return Text(f"bis {until:%d.%m.%Y}", f"until {until:%d %b %Y}")


def period(every: Period | None, day: str | None) -> str:
    """Return a period by its first day: “2025”, “3/2025”, “2025-W12” (ISO 8601), the same in both languages."""
    if day is None or every is None:
        return "–"
    found = date.fromisoformat(day[:10])
    if every is Period.YEAR:
        return str(found.year)
    if every is Period.QUARTER:
        return f"{found.year}-Q{(found.month + 2) // 3}"
    if every is Period.MONTH:
        return f"{found.month:02d}/{found.year}"
    if every is Period.WEEK:
        year, week, _ = found.isocalendar()
        return f"{year}-W{week:02d}"
    return found.isoformat()
