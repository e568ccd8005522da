# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Asking a question for one reader: what the registers let them see, its SQL, the hub's answer, its shape.

The SQL is compiled for what the reader would see *now*; whether it may be read is decided by the hub, which decides and
logs anew. Nothing here is an author's right: the one who opens a question is the only one whose rights count.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from allmende.catalogue import door as catalogue
from allmende.hub import door as hub
from allmende.insight import shape
from allmende.insight.compile import Compiled, to_sql
from allmende.insight.meaning import Known
from allmende.insight.shape import Asked
from allmende.insight.terms import Question, Refusal, ShownAnswer
from allmende.kernel.clock import now
from allmende.kernel.errors import Forbidden, Invalid, NotFound
from allmende.kernel.text import Text
from allmende.rights import door as rights
from allmende.rights.terms import (
    Action,
    Decision,
    Delay,
    HideColumn,
    Outcome,
    ReleaseTableOnly,
    RowFilter,
    RowRange,
    Subject,
)

#: An answer has at most so many rows: places × times × values of a dimension.
MOST_ROWS = 20_000


def seen(subject: Subject, names: Iterable[str], purpose: str) -> dict[str, Known]:
    """Return the data sets as the reader would see them for the purpose, by name.

    Raises NotFound for one that does not exist or that the reader may not know of: the two answer alike.
    """
    found: dict[str, Known] = {}
    wanted = dict.fromkeys(names)
    there = catalogue.datasets(subject, wanted)
    for name in wanted:
        if name not in there:
            raise NotFound(
                Text(f"Einen solchen Datensatz gibt es nicht: {name}.", f"There is no such data set: {name}."),
                datasets=[name],
            )
    views = [there[name] for name in wanted]
    decisions = rights.decide(subject, Action.READ, [view.id for view in views], purpose).of
    tables = {id_: table for id_, decision in decisions.items() if (table := _release_table(decision))}
    columns = hub.release_columns(tables.values()) if tables else {}
    for view in views:
        decision = decisions[view.id]
        hidden = {one.column.lower() for one in decision.obligations if isinstance(one, HideColumn)}
        fields = tuple(field for field in view.fields if field.name.lower() not in hidden)
        if view.id in tables:
            kept = columns.get(tables[view.id], ())
            fields = tuple(field for field in fields if field.name in kept)
        found[view.name] = Known(
            id=view.id,
            name=view.name,
            title=view.title,
            fields=fields,
            protected=view.id in tables,
            complete=not any(isinstance(one, RowFilter | RowRange | Delay) for one in decision.obligations),
            decision=decision,
        )
    return found


def _release_table(decision: Decision) -> str:
    return next((one.table for one in decision.obligations if isinstance(one, ReleaseTableOnly)), "")


def compiled(subject: Subject, question: Question, purpose: str) -> tuple[Compiled, dict[str, Known]]:
    """Return the question's SQL for this reader. Raises NotFound, Invalid."""
    known = seen(subject, question.datasets, purpose)
    return to_sql(question, known), known


def answer(
    subject: Subject,
    question: Question,
    *,
    purpose: str,
    made: tuple[Compiled, dict[str, Known]] | None = None,
) -> ShownAnswer:
    """Ask the question under the reader's own rights and return everything it says.

    ``made`` is what :func:`compiled` said for the same reader, question and purpose just now.

    What the reader may not read comes back as refusals, without a row; the hub has logged the refusal. Raises NotFound
    (a data set that does not exist or that the reader may not know of), Invalid, SourceDown, TooMuch, Unready.
    """
    sql, known = made if made is not None else compiled(subject, question, purpose)
    asked = Asked(question=question, known=known, compiled=sql, purpose=purpose, at=now())
    try:
        shown = hub.page_table(subject, sql=sql.sql, purpose=purpose, rows=MOST_ROWS)
    except Forbidden as forbidden:
        refusals = _refusals(forbidden, known)
        if not refusals:
            raise
        return msgspec.structs.replace(shape.blank(asked), refusals=refusals)
    if shown.more:
        raise Invalid(
            Text(
                f"Die Antwort hat mehr als {MOST_ROWS} Zeilen. Wählen Sie einen größeren Zeitschritt oder gliedern Sie weniger.",
                f"The answer has more than {MOST_ROWS} rows. Choose a larger step of time, or divide less.",
            )
        )
    return shape.shape(asked, shown.fields, shown.rows, shown.provenance, shown.permission)


def _refusals(forbidden: Forbidden, known: dict[str, Known]) -> tuple[Refusal, ...]:
    return tuple(
        Refusal(
            dataset=one["dataset"],
            title=known[one["dataset"]].title,
            rule=one["rule"],
            reason=Text(one["reason_de"], one["reason_en"]),
            missing=Text(one["missing"]["de"], one["missing"]["en"]),
            ask=str(one["ask"]),
        )
        for one in forbidden.more.get("refused", ())
        if one["dataset"] in known
    )


def may_read(subject: Subject, ids: Iterable[str], purposes: Iterable[str]) -> frozenset[str]:
    """Return which data sets the reader may read for at least one of the purposes; for offers, never for answers."""
    wanted = list(ids)
    open_: set[str] = set()
    for purpose in purposes:
        decided = rights.decide(subject, Action.READ, wanted, purpose).of
        open_ |= {id_ for id_, decision in decided.items() if decision.outcome is Outcome.ALLOW}
    return frozenset(open_)
