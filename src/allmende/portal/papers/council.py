# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The council paper (Vorlage zur Kenntnis): a question and its answer on two pages, with what one must know beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

import msgspec

from allmende.engine.paper.model import (
    Block,
    Column,
    Facts,
    Heading,
    List,
    Note,
    Paper,
    Paragraph,
    Picture,
    Sources,
    Table,
)
from allmende.portal.papers.common import Frame

#: So many rows of the answer stand on the paper: two pages are what a council reads.
MOST_ROWS = 28


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """What could not be answered, why, and the ways that are open."""

    what: str  # the data set or part, in words
    reason: str
    ways: tuple[str, ...] = ()


class Key(msgspec.Struct, frozen=True):
    """A line of a map's legend: the colour (``#rrggbb``, "" for hatched) and what it means."""

    colour: str
    words: str


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """A map or chart of the answer: an SVG, the words that stand for it, and what the colours mean."""

    svg: str
    alt: str
    caption: str = ""
    keys: tuple[Key, ...] = ()


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """A question with its answer as plain values. ``rows`` are written as they shall stand there."""

    question: str
    sentences: tuple[str, ...]  # the answer in words
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    sources: tuple[str, ...]  # with owner, date and licence
    limits: tuple[str, ...]
    asked_for: str  # the purpose, in words
    as_of: str
    drawing: Drawing | None = None
    refused: tuple[Refused, ...] = ()
    obligations: tuple[str, ...] = ()
    method: str = ""  # how figures and classes came about


def council(answered: Answered, *, number: str = "", frame: Frame) -> Paper:
    """Return the council paper; ``number`` is the council's own number of the paper, if there is one already."""
    named = frame("Vorlage zur Kenntnis", "Paper for the council")
    return frame.paper(answered.question, _blocks(answered, frame), f"{named} {number}".strip())


def _blocks(answered: Answered, frame: Frame) -> Iterator[Block]:
    yield Facts(
        pairs=(
            (frame("Stand der Daten", "Data as of"), answered.as_of or "–"),
            (frame("Ausgewertet für", "Asked for"), answered.asked_for or "–"),
        )
    )
    yield Heading(text=frame("Antwort", "Answer"))
    unanswered = (
        frame(
            "Die Frage wurde nicht beantwortet; warum, steht unten.",
            "The question was not answered; why, stands below.",
        )
        if answered.refused
        else frame("Es gibt keine Zeilen.", "There are no rows.")
    )
    yield Paragraph(text=" ".join(answered.sentences) or unanswered)
    if answered.drawing:
        yield Picture(
            svg=answered.drawing.svg,
            alt=answered.drawing.alt,
            width=72,
        )
        if answered.drawing.keys:
            words = "; ".join(key.words for key in answered.drawing.keys)
            yield Picture(
                svg=legend(answered.drawing.keys),
                alt=f"{frame('Legende, von hell nach dunkel', 'Legend, from pale to dark')}: {words}",
                caption=answered.drawing.caption,
                width=72,
            )
    if answered.rows:
        yield Heading(text=frame("Zahlen", "Figures"))
        yield Table(columns=answered.columns, rows=answered.rows[:MOST_ROWS])
        more = len(answered.rows) - MOST_ROWS
        if more > 0:
            yield Paragraph(
                text=frame(
                    f"und {more} weitere Zeilen; die ganze Tabelle steht bei der gespeicherten Frage.",
                    f"and {more} further rows; the whole table stands with the saved question.",
                )
            )
    if answered.method:
        yield Paragraph(text=answered.method)
    yield Heading(text=frame("Was die Zahlen nicht sagen", "What the figures do not say"))
    limits = (*answered.limits, *answered.obligations)
    yield (
        List(items=limits)
        if limits
        else Paragraph(text=frame("Keine Einschränkungen eingetragen.", "No limits given."))
    )
    yield Heading(text=frame("Was nicht gezeigt wird, und warum", "What is not shown, and why"))
    if not answered.refused:
        yield Paragraph(text=frame("Nichts wurde zurückgehalten.", "Nothing was held back."))
    for one in answered.refused:
        ways = frame("Offene Wege: ", "Ways that are open: ") + "; ".join(one.ways) if one.ways else ""
        yield Note(title=one.what, text="\n".join(filter(None, (one.reason, ways))), warning=True)
    yield Sources(items=answered.sources)


#: A line of the legend is so tall, in the picture's own units; two stand side by side.
_LINE, _COLUMN = 26, 300
_HATCHED = (
    '<defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="7" height="7" fill="#fff"/><path d="M0 0V7" stroke="#5f6674" stroke-width="2.5"/></pattern></defs>'
)


def legend(keys: Sequence[Key]) -> str:
    """Return the legend as SVG; what each colour means is written beside it."""
    height = _LINE * ((len(keys) + 1) // 2)
    lines = []
    for number, key in enumerate(keys):
        x, y = _COLUMN * (number % 2), _LINE * (number // 2)
        lines.append(
            f'<rect x="{x + 1}" y="{y + 4}" width="28" height="17" fill="{key.colour or "url(#hatch)"}" stroke="#5f6674"/>'
            f'<text x="{x + 38}" y="{y + 18}" font-family="Fira Sans" font-size="15" fill="#171a1f">{escape(key.words)}</text>'
        )
    size = f'viewBox="0 0 {2 * _COLUMN} {height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{_HATCHED}{"".join(lines)}</svg>'
