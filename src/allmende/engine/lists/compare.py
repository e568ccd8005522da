# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Two versions of a list, both stored by us: what came, went and changed, and what happened to the columns."""

# ruff: noqa: S608 (names and paths reach SQL through name() and literal() only)
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from allmende.engine.lists.model import ColumnDrift, Difference, Drift
from allmende.engine.mapping.sql import literal, name
from allmende.kernel.errors import Invalid
from allmende.kernel.text import Text

_EXAMPLES = 20
_ALIKE = 0.6  # share of equal values from which a column is probably the same under another name
_MEMORY = "512MB"


@dataclass
class _Field:
    name: str
    type: str
    heading: str
    unit: str
    meaning: str
    personal: bool

    @property
    def shown(self) -> str:
        return self.heading or self.name


def _fields(path: Path) -> list[_Field]:
    made = []
    for field in pq.read_schema(path):
        about = {k.decode(): v.decode() for k, v in (field.metadata or {}).items()}
        made.append(
            _Field(field.name, str(field.type), about.get("heading", ""), about.get("unit", ""), about.get("meaning", ""),
                   about.get("personal") == "yes")
        )  # fmt: skip
    return made


def compare(old: Path, new: Path, key: Sequence[str] = ()) -> Difference:
    """Compare two Parquet files written by ``store``. ``key``: columns that tell rows apart; found if not given.

    A renaming is proposed with the share of equal values, never assumed. Raises Invalid for a key that is not there.
    """
    before, after = _fields(old), _fields(new)
    shared = [f.name for f in before if f.name in {g.name for g in after}]
    missing = [k for k in key if k not in shared]
    if missing:
        listed = ", ".join(missing)
        raise Invalid(
            Text(f"Den Schlüssel {listed} haben nicht beide Fassungen.", f"Not both versions have the key {listed}.")
        )
    with duckdb.connect(":memory:", config={"threads": "1", "memory_limit": _MEMORY}) as db:
        db.execute("SET TimeZone='UTC'")
        db.execute(f"CREATE VIEW a AS SELECT * FROM read_parquet({literal(str(old))})")
        db.execute(f"CREATE VIEW b AS SELECT * FROM read_parquet({literal(str(new))})")
        reasons: list[Text] = []
        chosen = tuple(key) or _key(db, before, shared, reasons)
        paired = chosen or tuple(shared)
        columns = _drift(db, before, after, chosen)
        if not shared:
            reasons.append(Text("Keine Spalte haben beide gemeinsam.", "No column is common to both."))
            n, m = _count(db, "a"), _count(db, "b")
            return Difference(
                key=(), before=n, after=m, came=m, went=n, changed=0, same=0, columns=columns, reasons=tuple(reasons)
            )
        return _rows(db, before, after, shared, paired, chosen, columns, reasons)


def _count(db: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(_one(db, f"SELECT count(*) FROM {table}")[0])


def _one(db: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    row = db.execute(sql).fetchone()
    assert row is not None
    return row


def _key(
    db: duckdb.DuckDBPyConnection, before: list[_Field], shared: list[str], reasons: list[Text]
) -> tuple[str, ...]:
    """Return the column (or pair) that tells rows apart in both versions, () if none does."""
    by_name = {f.name: f for f in before}
    wanted = [n for n in shared if by_name[n].type in {"string", "int64", "date32[day]"}]
    wanted.sort(
        key=lambda n: (by_name[n].meaning not in {"key", "municipality-key", "parcel"}, n not in {"id", "nr", "nummer"})
    )
    pairs = [(x, y) for i, x in enumerate(wanted[:6]) for y in wanted[i + 1 : 6]]
    for columns in [(n,) for n in wanted[:12]] + pairs:
        listed = ", ".join(name(c) for c in columns)
        unique = all(
            _one(
                db, f"SELECT count(*) = count(DISTINCT row({listed})) AND count(*) = count({name(columns[0])}) FROM {t}"
            )[0]
            for t in ("a", "b")
        )
        common = (
            _one(db, f"SELECT count(*) FROM (SELECT {listed} FROM a INTERSECT SELECT {listed} FROM b)")[0]
            if unique
            else 0
        )
        if unique and common >= 0.3 * min(_count(db, "a"), _count(db, "b")):
            said = " + ".join(f"„{by_name[c].shown}“" for c in columns)
            reasons.append(Text(f"Zeilen werden an {said} wiedererkannt.", f"Rows are recognised by {said}."))
            return columns
    reasons.append(
        Text(
            "Keine Spalte unterscheidet die Zeilen eindeutig: verglichen werden ganze Zeilen; geändert heißt dann gegangen und gekommen.",
            "No column tells the rows apart: whole rows are compared; changed then means went and came.",
        )
    )
    return ()


def _text(column: str, table: str) -> str:
    return f"coalesce(CAST({table}.{name(column)} AS VARCHAR), chr(0))"


def _rows(
    db: duckdb.DuckDBPyConnection, before: list[_Field], after: list[_Field], shared: list[str], paired: tuple[str, ...],
    chosen: tuple[str, ...], columns: tuple[ColumnDrift, ...], reasons: list[Text],
) -> Difference:  # fmt: skip
    by_name = {f.name: f for f in before}
    kinds = {f.name: f.type for f in after}
    keys = ", ".join(f"{_text(k, 't')} AS __k{i}" for i, k in enumerate(paired))
    listed = ", ".join(f"__k{i}" for i in range(len(paired)))
    for table in ("a", "b"):
        db.execute(
            f"CREATE TEMP TABLE {table}_k AS SELECT *, row_number() OVER (PARTITION BY {listed}) AS __n FROM "
            f"(SELECT t.*, {keys}, true AS __there FROM {table} t)"
        )
    on = " AND ".join([*(f"a.__k{i} = b.__k{i}" for i in range(len(paired))), "a.__n = b.__n"])
    rest = [n for n in shared if n not in paired]
    differs = {n: _differs(n, by_name[n].type, kinds[n]) for n in rest}
    anything = " OR ".join(differs.values()) or "false"
    joined = f"FROM a_k a FULL JOIN b_k b ON {on}"
    both = "a.__there AND b.__there"
    sums = "".join(f", count(*) FILTER ({both} AND {d})" for d in differs.values())
    came, went, changed, same, *counts = _one(
        db,
        f"SELECT count(*) FILTER (a.__there IS NULL), count(*) FILTER (b.__there IS NULL), "
        f"count(*) FILTER ({both} AND ({anything})), count(*) FILTER ({both} AND NOT ({anything})){sums} {joined}",
    )
    doubled = _one(db, f"SELECT count(*) FROM (SELECT {listed} FROM b_k GROUP BY ALL HAVING count(*) > 1)")[0]
    if chosen and doubled:
        reasons.append(Text(f"{doubled} Schlüssel kommen mehrfach vor.", f"{doubled} keys occur more than once."))
    open_columns = [n for n in shared if not by_name[n].personal]
    new_columns = [f.name for f in after if not f.personal]
    old_columns = [f.name for f in before if not f.personal]
    return Difference(
        key=chosen,
        before=_count(db, "a"),
        after=_count(db, "b"),
        came=came,
        went=went,
        changed=changed,
        same=same,
        changed_columns={n: c for n, c in zip(differs, counts, strict=True) if c},
        columns=columns,
        came_examples=_examples(db, f"{joined} WHERE a.__there IS NULL", "b", new_columns),
        went_examples=_examples(db, f"{joined} WHERE b.__there IS NULL", "a", old_columns),
        changed_examples=_changes(db, f"{joined} WHERE {both} AND ({anything})", open_columns),
        reasons=tuple(reasons),
    )


_NUMBERS = {"int64", "double"}


def _differs(column: str, old: str, new: str) -> str:
    quoted = name(column)
    if old in _NUMBERS and new in _NUMBERS:
        return f"(CAST(a.{quoted} AS DOUBLE) IS DISTINCT FROM CAST(b.{quoted} AS DOUBLE))"
    return f"(CAST(a.{quoted} AS VARCHAR) IS DISTINCT FROM CAST(b.{quoted} AS VARCHAR))"


def _examples(db: duckdb.DuckDBPyConnection, tail: str, table: str, columns: list[str]) -> tuple[dict[str, str], ...]:
    if not columns:
        return ()
    listed = ", ".join(f"coalesce(CAST({table}.{name(c)} AS VARCHAR), '')" for c in columns)
    found = db.execute(f"SELECT {listed} {tail} LIMIT {_EXAMPLES}").fetchall()
    return tuple(dict(zip(columns, map(str, row), strict=True)) for row in found)


def _changes(db: duckdb.DuckDBPyConnection, tail: str, columns: list[str]) -> tuple[dict[str, tuple[str, str]], ...]:
    if not columns:
        return ()
    listed = ", ".join(f"coalesce(CAST({t}.{name(c)} AS VARCHAR), '')" for c in columns for t in ("a", "b"))
    found = db.execute(f"SELECT {listed} {tail} LIMIT {_EXAMPLES}").fetchall()
    return tuple({c: (str(row[2 * i]), str(row[2 * i + 1])) for i, c in enumerate(columns)} for row in found)


def _drift(
    db: duckdb.DuckDBPyConnection, before: list[_Field], after: list[_Field], key: tuple[str, ...]
) -> tuple[ColumnDrift, ...]:
    made: list[ColumnDrift] = []
    now = {f.name: f for f in after}
    for field in before:
        other = now.get(field.name)
        if other is None:
            continue
        if field.type != other.type:
            why = Text(
                f"„{field.shown}“ war {field.type} und ist jetzt {other.type}.",
                f"“{field.shown}” was {field.type} and is now {other.type}.",
            )
            made.append(ColumnDrift(drift=Drift.TYPE, before=field.name, after=field.name, reason=why))
        if field.unit != other.unit:
            was, is_now = field.unit or "–", other.unit or "–"
            why = Text(
                f"„{field.shown}“: die Einheit war {was} und ist jetzt {is_now}.",
                f"“{field.shown}”: the unit was {was} and is now {is_now}.",
            )
            made.append(ColumnDrift(drift=Drift.UNIT, before=field.name, after=field.name, reason=why))
    gone = [f for f in before if f.name not in now]
    fresh = [f for f in after if f.name not in {g.name for g in before}]
    pairs = sorted(((_alike(db, g, f, key), g, f) for g in gone for f in fresh), key=lambda p: -p[0])
    used: set[str] = set()
    for share, old, new in pairs:
        if share < _ALIKE or f"<{old.name}" in used or f">{new.name}" in used:
            continue
        used |= {f"<{old.name}", f">{new.name}"}
        percent = round(100 * share)
        why = Text(
            f"„{old.shown}“ heißt jetzt wohl „{new.shown}“: {percent} % der Werte sind gleich.",
            f"“{old.shown}” is now probably called “{new.shown}”: {percent} % of the values are the same.",
        )
        made.append(
            ColumnDrift(drift=Drift.RENAMED, before=old.name, after=new.name, alike=round(share, 3), reason=why)
        )
    for old in gone:
        if f"<{old.name}" not in used:
            why = Text(f"„{old.shown}“ gibt es nicht mehr.", f"“{old.shown}” is gone.")
            made.append(ColumnDrift(drift=Drift.GONE, before=old.name, reason=why))
    for new in fresh:
        if f">{new.name}" not in used:
            why = Text(f"„{new.shown}“ ist neu.", f"“{new.shown}” is new.")
            made.append(ColumnDrift(drift=Drift.NEW, after=new.name, reason=why))
    return tuple(made)


def _alike(db: duckdb.DuckDBPyConnection, old: _Field, new: _Field, key: tuple[str, ...]) -> float:
    """Return the share of equal values of two columns: row by row with a key, else as sets."""
    if (old.type in _NUMBERS) != (new.type in _NUMBERS):
        return 0.0
    x, y = f"CAST(a.{name(old.name)} AS VARCHAR)", f"CAST(b.{name(new.name)} AS VARCHAR)"
    if key:
        on = " AND ".join(f"{_text(k, 'a')} = {_text(k, 'b')}" for k in key)
        equal, every = _one(
            db,
            f"SELECT count(*) FILTER ({x} = {y}), count(*) FILTER ({x} IS NOT NULL OR {y} IS NOT NULL) FROM a JOIN b ON {on}",
        )
    else:
        equal, every = _one(
            db,
            f"SELECT (SELECT count(*) FROM (SELECT {x} FROM a INTERSECT SELECT {y} FROM b)), "
            f"(SELECT count(*) FROM (SELECT {x} FROM a UNION SELECT {y} FROM b))",
        )
    share = equal / every if every else 0.0
    close = SequenceMatcher(None, old.shown.lower(), new.shown.lower()).ratio()
    return min(1.0, share + (0.15 if close > 0.75 and share > 0.3 else 0.0))
