# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""An answer as a council paper: what one reader was shown, or refused, becomes the plain values of ``council``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from allmende.engine.paper.model import Column
from allmende.hub.envelope import Provenance
from allmende.insight.sentences import figure
from allmende.insight.terms import Place, ShownAnswer
from allmende.kernel.text import Text
from allmende.portal.papers.common import Frame, licence_named, moment
from allmende.portal.papers.council import Answered, Drawing, Key, Refused
from allmende.rights import words

#: What the page's style sheet does to a map's letters and borders, for a file that has none.
_STYLE = (
    "<style>.area{stroke:#fff;stroke-width:1}"
    '.halo{font-family:"Fira Sans";font-size:15px;fill:#171a1f}.under{fill:#fff;stroke:#fff;stroke-width:4px}</style>'
)
_LETTERS = re.compile(r'<text class="halo".*?</text>', re.DOTALL)


def answered(
    shown: ShownAnswer,
    *,
    title: str,
    purpose: str,
    svg: str,
    keys: Sequence[Key],
    frame: Frame,
) -> Answered:
    """Return the values of a paper on an answer. ``svg`` is its map or "", ``keys`` its legend."""
    numeric = _numeric(shown)
    return Answered(
        question=title,
        sentences=tuple(frame.said(sentence) for sentence in shown.sentences),
        columns=tuple(
            Column(title=_capital(frame.said(name)), width=2 if right else 3, right=right)
            for name, right in zip(shown.columns, numeric, strict=True)
        ),
        rows=tuple(tuple(_cell(value, frame) for value in row) for row in shown.rows),
        sources=tuple(_source(source, frame) for source in shown.sources)
        or (frame("Nichts wurde gelesen.", "Nothing was read."),),
        limits=tuple(_limits(shown, frame)),
        asked_for=purpose,
        as_of=moment(max((source.read_at for source in shown.sources), default=None), frame),
        drawing=_drawing(shown, svg, keys, frame),
        refused=(*_refusals(shown, frame), *_withheld(shown.places, frame)),
        obligations=tuple(frame.said(words.obligation(one)) for one in shown.permission.obligations)
        if shown.permission
        else (),
        method=_method(shown, frame),
    )


def _capital(title: str) -> str:
    return title[:1].upper() + title[1:]


def _numeric(shown: ShownAnswer) -> list[bool]:
    """Return for each column whether it holds numbers."""
    return [
        any(isinstance(row[place], int | float) and not isinstance(row[place], bool) for row in shown.rows)
        for place in range(len(shown.columns))
    ]


def _cell(value: object, frame: Frame) -> str:
    if value is None:
        return "–"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return frame.said(figure(value))
    return str(value)


def _source(source: Provenance, frame: Frame) -> str:
    terms = licence_named(source.licence, frame)
    parts = (
        frame.said(source.title),
        frame.said(source.owner),
        f"{frame.said(source.mode.label)}, {frame('gelesen', 'read')} {moment(source.read_at, frame)}",
        terms,
        source.attribution,
    )
    return "; ".join(filter(None, parts))


def _limits(shown: ShownAnswer, frame: Frame) -> Iterator[str]:
    said: dict[str, None] = {}
    for source in shown.sources:
        if source.warning is not None:
            said[f"{frame.said(source.title)}: {frame.said(source.warning)}"] = None
        if frame.said(source.limits):
            said[f"{frame.said(source.title)}: {frame.said(source.limits)}"] = None
    for text in (*shown.limits, *shown.notes):
        words_ = frame.said(text)
        if words_ and not any(words_ in one for one in said):
            said[words_] = None
    yield from said


def _drawing(shown: ShownAnswer, svg: str, keys: Sequence[Key], frame: Frame) -> Drawing | None:
    if not svg:
        return None
    # White letters lie under the dark ones: papers do not know the style sheet's order of painting.
    drawn = _LETTERS.sub(lambda found: found[0].replace('"halo"', '"halo under"', 1) + found[0], svg)
    head, mark, body = drawn.partition(">")
    sentences = " ".join(frame.said(one) for one in shown.sentences)
    alt = frame(
        f"Karte: {frame.said(shown.title)}. {sentences} Alle Werte stehen in der Tabelle.",
        f"Map: {frame.said(shown.title)}. {sentences} All values stand in the table.",
    )
    unit = f" ({shown.unit})" if shown.unit else ""
    return Drawing(
        svg=f"{head}{mark}{_STYLE}{body}", alt=alt, caption=f"{frame.said(shown.measure)}{unit}", keys=tuple(keys)
    )


def _method(shown: ShownAnswer, frame: Frame) -> str:
    if shown.classes is None:
        return ""
    method = shown.classes.method
    label, how = frame.said(method.label), frame.said(method.words)
    return frame(
        f"Klassen der Karte nach dem Verfahren „{label}“: {how}. Je dunkler, desto größer der Wert; schraffiert: kein Wert.",
        f"Classes of the map by the method “{label}”: {how}. The darker, the larger the value; hatched: no value.",
    )


def _refusals(shown: ShownAnswer, frame: Frame) -> Iterator[Refused]:
    for one in shown.refusals:
        ways = [frame.said(one.missing), one.ask]
        yield Refused(
            what=f"{frame.said(one.title)} ({one.dataset})",
            reason=frame.said(one.reason),
            ways=tuple(filter(None, ways)),
        )


def _withheld(places: Sequence[Place], frame: Frame) -> Iterator[Refused]:
    """Yield the places without a value, put together by the reason."""
    grouped: dict[Text | None, list[str]] = {}
    for place in places:
        if place.value is None:
            grouped.setdefault(place.why, []).append(place.name)
    for why, names in grouped.items():
        yield Refused(what=", ".join(names), reason=frame.said(why) if why is not None else "–")
