# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""An answer in three sentences: the largest and smallest, the average, the comparison. German and English, no Django.

The sentences avoid inflecting words they do not know: names of places and data sets stand as they are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal

import msgspec

from allmende.kernel.text import Text

#: Of so many equals the names are told; of more only their number.
MOST_NAMED = 3


class Noun(msgspec.Struct, frozen=True):
    """What the values are of. ``feminine`` is about the German word."""

    one: Text
    many: Text
    feminine: bool = False

    @property
    def dative(self) -> str:
        """The German plural after “mit”, “in”, “von”."""
        return self.many.de if self.many.de.endswith("n") else f"{self.many.de}n"

    def number(self, count: int) -> Text:
        """Return “1 Stadtteil”, “7 Stadtteile”."""
        word = self.one if count == 1 else self.many
        return Text(f"{count} {word.de}", f"{count} {word.en}")

    @property
    def none(self) -> Text:
        """Return “Kein Stadtteil”."""
        return Text(f"Keine {self.one.de}" if self.feminine else f"Kein {self.one.de}", f"No {self.one.en}")


TIMES = Noun(Text("Zeitabschnitt", "period"), Text("Zeitabschnitte", "periods"))
GROUPS = Noun(Text("Gruppe", "group"), Text("Gruppen", "groups"), feminine=True)
PLACES = Noun(Text("Ort", "place"), Text("Orte", "places"))


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the sentences tell of: names and values in their order, and what they come to together."""

    noun: Noun
    values: tuple[tuple[str, float], ...]  # only those that have one
    of: int  # how many there are with those that have none
    unit: str = ""
    total: float | None = None
    added: bool = False  # the total is a sum or a count of the values, not one of its own
    in_time: bool = False


def figure(value: float, unit: str = "") -> Text:
    """Return a value as both languages write it: whole numbers whole, others to three or four digits."""
    size = abs(value)
    if (float(value).is_integer() and size < 1e15) or size >= 1000:
        digits = 0
    elif size >= 100:
        digits = 1
    else:
        digits = min(12, 2 - math.floor(math.log10(size))) if size else 0
    rounded = Decimal(repr(float(value))).quantize(
        Decimal(1).scaleb(-max(digits, 0)), ROUND_HALF_UP, Context(prec=400)
    )  # 3.125 is 3.13
    written = f"{rounded:,f}"
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    german = written.translate(str.maketrans(",.", ".,"))
    return Text(f"{german} {unit}".strip(), f"{written} {unit}".strip())


def listed(names: Sequence[str]) -> Text:
    """Return “A, B und C”."""
    if len(names) == 1:
        return Text(names[0], names[0])
    head, last = ", ".join(names[:-1]), names[-1]
    return Text(f"{head} und {last}", f"{head} and {last}")


def three(told: Told) -> tuple[Text, Text, Text]:
    """Return the three sentences."""
    if not told.values:
        return _nothing(told)
    return _extremes(told), _average(told), _comparison(told)


def single(value: float | None, unit: str, rows: int, title: Text, other: float | None) -> tuple[Text, Text, Text]:
    """Return the three sentences on a value that stands alone."""
    if value is None:
        first = Text("Ein Wert lässt sich nicht nennen.", "There is no value that could be told.")
    else:
        shown = figure(value, unit)
        first = Text(f"Der Wert ist {shown.de}.", f"The value is {shown.en}.")
    count = figure(rows)
    second = Text(
        f"Er beruht auf {count.de} {'Eintrag' if rows == 1 else 'Einträgen'} aus „{title.de}“.",
        f"It rests on {count.en} {'entry' if rows == 1 else 'entries'} of “{title.en}”.",
    )
    if other is None:
        third = Text("Nach Orten oder Zeiten ist er nicht gegliedert.", "It is not divided by places or times.")
    else:
        beside = figure(other)
        third = Text(f"Der Vergleichswert ist {beside.de}.", f"The value it is compared with is {beside.en}.")
    return first, second, third


def _nothing(told: Told) -> tuple[Text, Text, Text]:
    noun = told.noun
    return (
        Text(f"{noun.none.de} hat einen Wert.", f"{noun.none.en} has a value."),
        Text("Warum, steht unten dabei.", "Why is told below."),
        Text(
            f"Gefragt wurde nach {told.of} {noun.one.de if told.of == 1 else noun.dative}.",
            f"The question was about {noun.number(told.of).en}.",
        ),
    )


def _extremes(told: Told) -> Text:
    noun, values = told.noun, told.values
    if len(values) == 1:
        name, value = values[0]
        shown = figure(value, told.unit)
        return Text(f"Nur {name} hat einen Wert: {shown.de}.", f"Only {name} has a value: {shown.en}.")
    largest, smallest = max(value for _, value in values), min(value for _, value in values)
    if largest == smallest:
        shown = figure(largest, told.unit)
        return Text(
            f"In allen {len(values)} {noun.dative}, die einen Wert haben, ist er gleich: {shown.de}.",
            f"In all {len(values)} {noun.many.en} that have a value it is the same: {shown.en}.",
        )
    top, several = _who(told, largest)
    low, many = _who(told, smallest)
    high, least = figure(largest, told.unit), figure(smallest, told.unit)
    return Text(
        f"Den größten Wert {'haben' if several else 'hat'} {top.de} mit {'je ' if several else ''}{high.de}, "
        f"den kleinsten {low.de} mit {'je ' if many else ''}{least.de}.",
        f"{_capital(top.en)} {'have' if several else 'has'} the largest value with {high.en}{' each' if several else ''}, "
        f"{low.en} the smallest with {least.en}{' each' if many else ''}.",
    )


def _who(told: Told, value: float) -> tuple[Text, bool]:
    names = [name for name, other in told.values if other == value]
    if len(names) > MOST_NAMED:
        return told.noun.number(len(names)), True
    return listed(names), len(names) > 1


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def average(told: Told) -> float:
    """Return the mean of the values there are, each counting once."""
    return math.fsum(value for _, value in told.values) / len(told.values)


def _average(told: Told) -> Text:
    noun, count = told.noun, len(told.values)
    mean = figure(average(told), told.unit)
    if told.total is None:
        rest = Text("für alle zusammen lässt sich keine Zahl nennen", "for all together no number can be told")
    else:
        total = figure(told.total, told.unit)
        rest = (
            Text(f"alle zusammen ergeben {total.de}", f"all together come to {total.en}")
            if told.added
            else Text(f"für alle zusammen ist der Wert {total.de}", f"for all together the value is {total.en}")
        )
    if count == 1:
        return Text(f"{_capital(rest.de)}.", f"{_capital(rest.en)}.")
    missing = told.of - count
    of = Text(f"der {count} {noun.many.de}", f"of the {count} {noun.many.en}")
    if missing:
        of = Text(f"{of.de} mit einem Wert", f"{of.en} that have a value")
    return Text(
        f"Im Durchschnitt {of.de} sind es {mean.de}; {rest.de}.", f"The average {of.en} is {mean.en}; {rest.en}."
    )


def _comparison(told: Told) -> Text:
    noun, values = told.noun, told.values
    if told.in_time and len(values) > 1:
        return _change(told)
    if len(values) == 1:
        return Text("Zu vergleichen gibt es damit nichts.", "So there is nothing to compare.")
    mean = average(told)
    close = 1e-9 * max(1.0, abs(mean))
    above, below = sum(value > mean + close for _, value in values), sum(value < mean - close for _, value in values)
    if not above and not below:
        return Text(f"{noun.none.de} weicht vom Durchschnitt ab.", f"{noun.none.en} differs from the average.")
    over = noun.number(above)
    largest, smallest = max(value for _, value in values), min(value for _, value in values)
    times = Text("", "")
    if smallest > 0 and largest / smallest >= 1.05:
        factor = figure(largest / smallest)
        times = Text(
            f"; der größte Wert ist das {factor.de}-Fache des kleinsten",
            f"; the largest value is {factor.en} times the smallest",
        )
    return Text(
        f"Über dem Durchschnitt {'liegt' if above == 1 else 'liegen'} {over.de}, darunter {below}{times.de}.",
        f"{over.en} {'is' if above == 1 else 'are'} above the average, {below} below{times.en}.",
    )


def _change(told: Told) -> Text:
    (first, before), (last, after) = told.values[0], told.values[-1]
    start, end = figure(before, told.unit), figure(after, told.unit)
    if before == after:
        return Text(
            f"Von {first} bis {last} ist der Wert gleich geblieben.",
            f"From {first} to {last} the value stayed the same.",
        )
    share = Text("", "")
    if before > 0:
        percent = figure(abs(after - before) / before * 100, "%")
        share = Text(f" um {percent.de}", f" by {percent.en}")
    return Text(
        f"Von {first} bis {last} ist der Wert{share.de} {'gestiegen' if after > before else 'gesunken'}, "
        f"von {start.de} auf {end.de}.",
        f"From {first} to {last} the value {'rose' if after > before else 'fell'}{share.en}, from {start.en} to {end.en}.",
    )
