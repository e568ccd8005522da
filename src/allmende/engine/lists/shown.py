# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A proposal for people and programs: readable text in either language, and plain JSON values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from allmende.engine.lists.model import Column, Found, LeftOut, Origin, Proposal, Reaction, letter
from allmende.kernel.text import Text

_REACTIONS = {
    Reaction.IMPORT: Text("kann übernommen werden", "can be imported"),
    Reaction.ASK: Text("bitte erst ansehen", "please look first"),
    Reaction.STOP: Text("hält an: erst muss jemand entscheiden", "stops: somebody must decide first"),
}


def as_json(proposal: Proposal, language: str = "de") -> dict[str, Any]:
    """Return the proposal as plain values for JSON, sentences in ``language``.

    ``tables``: key, sheet, area, title, stand, columns (with type), rows_kept, rows_left_out (with reason);
    ``personal``: where, kind, hidden; ``hidden``: where, kind; ``reaction``: import, ask or stop.
    """

    def said(text: Text) -> str:
        return text.in_(language)

    return {
        "file": proposal.file,
        "kind": proposal.kind.value,
        "reaction": proposal.reaction.value,
        "reasons": [said(r) for r in proposal.reasons],
        "tables": [_table(t, said) for t in proposal.tables],
        "stacks": [
            {"tables": list(s.tables), "column": s.column, "values": list(s.values), "done": s.done,
             "reasons": [said(r) for r in s.reasons]}
            for s in proposal.stacks
        ],
        "personal": [
            {
                "where": said(p.where), "sheet": p.sheet, "column": p.column, "letter": letter(p.place),
                "rows": {"first": p.first, "last": p.last}, "kind": p.kind.value, "hidden": p.hidden,
                "how_many": p.how_many, "example": p.example, "sure": p.sure, "reason": said(p.reason),
                "decided": p.decided,
            }
            for p in proposal.personal
        ],
        "hidden": [
            {"where": said(h.where), "sheet": h.sheet, "kind": h.kind.value, "first": h.first, "last": h.last,
             "filled": h.filled, "reason": said(h.reason), "decided": h.decided}
            for h in proposal.hidden
        ],
        "notes": [said(n) for n in proposal.notes],
        "encoding": proposal.encoding,
        "separator": proposal.separator,
    }  # fmt: skip


def _table(table: Found, said: Callable[[Text], str]) -> dict[str, Any]:
    return {
        "key": table.key,
        "sheet": table.sheet,
        "area": table.area.a1,
        "title": table.title,
        "stand": table.stand,
        "use": table.use,
        "header_rows": list(table.header_rows),
        "columns": [_column(c, said) for c in table.columns],
        "rows_kept": table.rows_kept,
        "rows_left_out": [_left(o, said) for o in table.left_out],
        "rows_in_sheet": table.height,
        "colours": None if table.colours is None else {
            "column": table.colours.column,
            "meanings": {c.rgb: c.meaning for c in table.colours.colours},
        },
        "long": None if table.long is None else {
            "columns": list(table.long.columns), "into": table.long.into, "values": list(table.long.values),
            "done": table.long.done,
        },
        "reasons": [said(r) for r in table.reasons],
    }  # fmt: skip


def _column(column: Column, said: Callable[[Text], str]) -> dict[str, Any]:
    return {
        "name": column.name,
        "heading": column.heading,
        "letter": column.letter,
        "type": column.type.value,
        "unit": column.unit,
        "meaning": column.meaning.value,
        "origin": column.origin.value,
        "missing": list(column.missing),
        "formats": list(column.formats),
        "personal": column.personal,
        "drop": column.drop,
        "filled": column.filled,
        "unreadable": column.unreadable,
        "reasons": [said(r) for r in column.reasons],
    }


def _left(out: LeftOut, said: Callable[[Text], str]) -> dict[str, Any]:
    return {"first": out.first, "last": out.last, "why": out.why.value, "reason": said(out.reason), "text": out.text}


def as_text(proposal: Proposal, language: str = "de") -> Iterator[str]:
    """Yield the proposal line by line for a reader."""

    def say(text: Text) -> str:
        return text.in_(language)

    yield f"{proposal.file} ({proposal.kind.value}): {say(_REACTIONS[proposal.reaction])}"
    for reason in proposal.reasons:
        yield f"  ! {say(reason)}"
    for note in proposal.notes:
        yield f"  · {say(note)}"
    for item in proposal.hidden:
        done = f" [{item.decided}]" if item.decided else ""
        yield f"  {say(Text('verborgen', 'hidden'))}: {say(item.where)}: {say(item.reason)}{done}"
    for person in proposal.personal:
        sure = "" if person.sure else say(Text(" (unsicher)", " (not certain)"))
        seen = say(Text(" (verborgen)", " (hidden)")) if person.hidden else ""
        done = f" [{person.decided}]" if person.decided else ""
        yield f"  {say(Text('Personenbezug', 'personal'))}{sure}{seen}: {say(person.where)}: {say(person.reason)}{done}"
    for table in proposal.tables:
        yield ""
        yield from _table_lines(table, language)
    for stack in proposal.stacks:
        yield ""
        yield from (f"  {say(r)}" for r in stack.reasons)


def _table_lines(table: Found, language: str) -> Iterator[str]:
    def say(de: str, en: str) -> str:
        return Text(de, en).in_(language)

    used = "" if table.use else say(" – nicht verwendet", " – not used")
    sheet = say(f"Blatt „{table.sheet}“", f"Sheet “{table.sheet}”")
    yield f"{sheet}, {table.area.a1}{used}" + (f": {table.title}" if table.title else "")
    if table.stand:
        yield f"  {say('Stand', 'as of')} {table.stand}"
    out = sum(o.count for o in table.left_out)
    yield say(
        f"  {table.rows_kept} Zeilen übernommen, {out} weggelassen, {table.height} im Blatt",
        f"  {table.rows_kept} rows kept, {out} left out, {table.height} in the sheet",
    )
    for item in table.left_out:
        span = str(item.first) if item.first == item.last else f"{item.first}–{item.last}"
        quoted = f" „{item.text}“" if item.text else ""
        yield f"    {say('Zeile', 'row')} {span}{quoted}: {item.reason.in_(language)}"
    for reason in table.reasons:
        yield f"  · {reason.in_(language)}"
    for column in table.columns:
        unit = f" [{column.unit}]" if column.unit else ""
        gone = say(" – nicht übernommen", " – not taken") if column.drop else ""
        where = f"{column.letter}: " if column.origin is Origin.CELLS else ""
        yield f"    {where}{column.heading or column.name} → {column.name}: {column.type.value}{unit}{gone}"
        yield from (f"        {r.in_(language)}" for r in column.reasons)
    if table.long:
        yield from (f"  · {r.in_(language)}" for r in table.long.reasons)
