# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Ready questions for a data set, from what its fields mean. Offers only name what the reader may know of."""

from __future__ import annotations

import msgspec

from allmende.catalogue import door as catalogue
from allmende.catalogue.terms import FieldDraft, Filters
from allmende.insight import meaning, titles
from allmende.insight.answer import seen
from allmende.insight.meaning import Kind, Known, Where, kind
from allmende.insight.terms import Areas, Comparison, Function, Part, Period, Question
from allmende.kernel.errors import NotFound
from allmende.kernel.text import Text
from allmende.rights.terms import Subject

#: So many offers a data set's page makes at most.
MOST = 4
#: Units whose amounts can be added up.
_ADDED = frozenset({"kW.h", "MW.h", "W.h", "EUR", "m3", "m2", "t", "kg", "l", "km", "min", "h"})
_THINGS = frozenset({"id", "nr", "nummer", "kennung", "schluessel", "key", "gid", "fid"})


class Around(msgspec.Struct, frozen=True):
    """What a town has beside a data set: its districts, and who counts its people."""

    areas: tuple[Areas, ...]
    people: Part | None
    known: dict[str, Known]


class Offer(msgspec.Struct, frozen=True):
    """A ready question and what it is called."""

    title: Text
    question: Question


def around(subject: Subject, tenant: str, purpose: str = "") -> Around:
    """Return the town's districts and its count of people, as far as the reader may know of them."""
    found = catalogue.known_datasets(subject, Filters(tenant=tenant, limit=200))
    wanted = [f"{hit.tenant}.{hit.slug}" for hit in found.hits if meaning.is_around(hit.slug, hit.title)]
    known = seen(subject, wanted, purpose)
    areas = tuple(one for one in map(meaning.areas_of, known.values()) if one is not None)
    people = None
    counted = meaning.people(known.values())
    if counted is not None:
        one, field = counted
        people = part_of(one, Function.SUM, field.name)
        way = next((way for way in meaning.ways(one, areas) if way.areas is not None), None)
        people = placed(people, way) if way is not None else None
    return Around(areas, people, known)


def part_of(known: Known, function: Function, field: str = "") -> Part:
    """Return a measure of a data set; of stocks at reference dates only the latest."""
    stock = next((one for one in known.fields if meaning.is_stock(one) or meaning.is_year(one)), None)
    if stock is None or not _is_stocked(known):
        return Part(dataset=known.name, function=function, field=field)
    return Part(dataset=known.name, function=function, field=field, time=stock.name, latest=True)


def _is_stocked(known: Known) -> bool:
    """Whether rows of several reference dates lie one upon the other; one thing a row does not."""
    return not _things(known) and any(map(meaning.is_amount, known.fields))


def placed(part: Part, way: Where) -> Part:
    """Return the part with its way to places."""
    return msgspec.structs.replace(part, match=way.match, place=way.field)


def _things(known: Known) -> bool:
    return any(f.name.lower() in _THINGS or kind(f) is Kind.GEOMETRY for f in known.fields)


def main_part(known: Known) -> Part:
    """Return what one would measure in a data set first."""
    amount = next((f for f in known.fields if meaning.is_amount(f)), None)
    if known.protected:
        return part_of(known, Function.SUM, amount.name if amount is not None else "")
    if _things(known):
        return part_of(known, Function.COUNT)
    if amount is not None:
        return part_of(known, Function.SUM, amount.name)
    measured = _measured(known)
    if measured is None:
        return part_of(known, Function.COUNT)
    return part_of(known, Function.SUM if measured.unit in _ADDED else Function.MEAN, measured.name)


def _measured(known: Known) -> FieldDraft | None:
    numbers = [f for f in known.fields if meaning.is_number(f) and f.unit not in {"", "1", "deg"}]
    return next(iter(numbers), None)


def offers(subject: Subject, name: str, purpose: str = "") -> list[Offer]:
    """Return ready questions for a data set, best first. Raises NotFound."""
    known = seen(subject, [name], purpose)[name]
    if meaning.areas_of(known) is not None:
        return []
    near = around(subject, name.partition(".")[0], purpose)
    part = main_part(known)
    if part.function is Function.SUM and not part.field:
        return []
    way = next((one for one in meaning.ways(known, near.areas) if one.areas is not None), None)
    found: list[Question] = []
    if way is not None:
        here = placed(part, way)
        found.append(Question(what=here, areas=way.areas))
        if near.people is not None and near.people.dataset != name and here.function in {Function.COUNT, Function.SUM}:
            ratio = Question(what=here, areas=way.areas, compared=Comparison.RATIO, other=near.people, per=1000)
            found.append(ratio)
        measured = _measured(known)
        if measured is not None and here.function is Function.COUNT and not known.protected:
            mean = msgspec.structs.replace(here, function=Function.MEAN, field=measured.name)
            found.append(Question(what=mean, areas=way.areas))
    # of a release table totals are mostly withheld: one small district is in each of them
    dimension = None if known.protected else next(iter(meaning.dimensions(known.fields)), None)
    if dimension is not None:
        found.append(Question(what=part, by=dimension.name))
    when = None if known.protected else next((f for f in known.fields if meaning.is_time(f)), None)
    if when is not None:
        every = Period.YEAR if meaning.is_stock(when) or meaning.is_year(when) else Period.MONTH
        found.append(Question(what=msgspec.structs.replace(part, time=when.name, latest=False), every=every))
    names = known_of(near, known)
    return [Offer(titles.title(one, names), one) for one in found[:MOST]]


def known_of(near: Around, *more: Known) -> dict[str, Known]:
    """Return data sets by name."""
    return near.known | {one.name: one for one in more}


def other_part(question: Question, known: Known, function: Function, field: str, near: Around) -> Part:
    """Return the part a question is compared with: its way to the same places and times is found by meaning."""
    part = part_of(known, function, field)
    match = question.what.match
    if match is not None:
        if question.areas is not None:
            candidates = [one for one in meaning.ways(known, near.areas) if one.areas == question.areas]
        else:
            candidates = [one for one in meaning.ways(known, ()) if one.match is match]
            candidates.sort(key=lambda one: one.field != question.what.place)
        if not candidates:
            raise NotFound(
                Text(
                    f"In „{known.title.de}“ findet sich keine Spalte, die zu denselben Orten führt.",
                    f"There is no field in “{known.title.en}” that leads to the same places.",
                ),
                field="andere",
            )
        part = placed(part, candidates[0])
    if question.every is not None and not part.time:
        when = next((f for f in known.fields if meaning.is_time(f)), None)
        if when is not None:
            part = msgspec.structs.replace(part, time=when.name)
    if question.every is not None and part.latest:
        part = msgspec.structs.replace(part, latest=False)
    return part
