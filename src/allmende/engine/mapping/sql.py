# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Writing SQL from values: quoting, and :class:`Rows`, the SELECT that a mapping's steps let grow.

Names and values of a mapping (an untrusted file from another town) and of a source (headers, file names) reach SQL
only through :func:`literal` and :func:`name`. Inside, columns carry names of our own (``c1``, ``c2`` …), so no header
can
collide with anything.
"""

# ruff: noqa: S608 (this package writes SQL; values and names reach it through literal() and name() only)
from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from allmende.engine.mapping.faults import Effect, Fault
from allmende.kernel.errors import Invalid
from allmende.kernel.text import Text

#: How many line numbers and samples of each fault are kept; the total is always counted.
KEEP = 20


def literal(value: str | float | bool | None) -> str:
    """Return ``value`` as an SQL literal."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"CAST('{value!r}' AS DOUBLE)"
    if "\0" in value:
        raise Invalid(Text("Ein Text enthält das Zeichen NUL.", "A text contains the character NUL."))
    return "'" + value.replace("'", "''") + "'"


def name(identifier: str) -> str:
    """Return ``identifier`` as a quoted SQL identifier."""
    if "\0" in identifier or not identifier:
        raise Invalid(Text("Ein Name ist leer oder enthält NUL.", "A name is empty or contains NUL."))
    return '"' + identifier.replace('"', '""') + '"'


def texts(values: Iterable[str]) -> str:
    """Return the literals of ``values`` for ``IN (…)``."""
    return ", ".join(literal(v) for v in values)


def trimmed(value: str, more: str = "") -> str:
    """Return SQL that takes blanks, and the characters of ``more``, off both ends."""
    return f"trim({value}, {literal(' ' + more)})" if more else f"trim({value})"


@dataclass(frozen=True)
class Column:
    """A column between two steps: its SQL name and whether it holds text as the file has it (else a typed value)."""

    sql: str
    text: bool = True


@dataclass(frozen=True)
class Check:
    """A fault looked for: ``sql`` is a column that holds the offending value (at most 80 characters), else NULL."""

    fault: Fault
    effect: Effect
    column: str
    sql: str


@dataclass(frozen=True)
class Finding:
    """A fault a step can see: where ``condition`` is true, ``value`` (SQL) is what offends."""

    fault: Fault
    effect: Effect
    column: str
    condition: str
    value: str = "NULL"


@dataclass(frozen=True)
class Rows:
    """A SELECT under construction. Every verb returns a new one.

    ``columns`` maps the names of the source and of steps to SQL columns. ``line`` and ``file`` are SQL columns too, if
    asked for. In a report nothing is filtered out before it is counted: ``alive`` is then the column that says whether
    the row still stands, ``checks`` are the faults gathered, ``stages`` the counts closed before rows multiplied.
    """

    sql: str
    columns: Mapping[str, Column]
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # all header rows of a column
    beside: frozenset[str] = frozenset()  # columns that are not the file's own: parts of its name
    reporting: bool = False
    line: str | None = None
    file: str | None = None
    orders: int = 0  # how many steps still need the line
    alive: str | None = None
    checks: tuple[Check, ...] = ()
    stages: tuple[Stage, ...] = ()
    fresh: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def new(self, prefix: str = "c") -> str:
        """Return an SQL name not used before."""
        return f"{prefix}{next(self.fresh)}"

    def column(self, wanted: str) -> Column:
        """Return the column called ``wanted``; raises Invalid naming the columns there are."""
        if wanted in self.columns:
            return self.columns[wanted]
        there = ", ".join(f"„{c}“" for c in itertools.islice(self.columns, 40))
        raise Invalid(
            Text(
                f"Die Quelle hat keine Spalte „{wanted}“. Es gibt: {there}.",
                f"The source has no column “{wanted}”. There are: {there}.",
            ),
            column=wanted,
        )

    def replaced(self, *, sql: str, columns: Mapping[str, Column]) -> Rows:
        """Return the rows with another SELECT and other columns, everything else kept."""
        return replace(self, sql=sql, columns=columns)

    def hidden(self) -> list[str]:
        """Return the SQL columns that travel beside the data."""
        return [c for c in (self.line, self.file, self.alive, *(c.sql for c in self.checks)) if c]

    def add(
        self,
        new: Mapping[str, tuple[str, bool]],
        *,
        drop: Iterable[str] = (),
        findings: Sequence[Finding] = (),
    ) -> Rows:
        """Return the rows with further columns ``{name: (expression, is text)}``, some dropped, findings recorded."""
        gone = set(drop) | set(new)
        kept = {n: c for n, c in self.columns.items() if n not in gone}
        made = {n: Column(self.new(), text) for n, (_, text) in new.items()}
        select = [c.sql for c in {c.sql: c for c in kept.values()}.values()] + self.hidden()
        select += [f"{expression} AS {made[n].sql}" for n, (expression, _) in new.items()]
        checks = list(self.checks)
        for finding in findings if self.reporting else ():
            check = Check(finding.fault, finding.effect, finding.column, self.new("k"))
            checks.append(check)
            condition = f"{self.alive} AND ({finding.condition})"
            value = f"coalesce(left(CAST({finding.value} AS VARCHAR), 80), '')"
            select.append(f"CASE WHEN {condition} THEN {value} END AS {check.sql}")
        sql = f"SELECT {', '.join(select) or '1'} FROM ({self.sql})"
        return replace(self, sql=sql, columns={**kept, **made}, checks=tuple(checks))

    def only(self, condition: str, finding: Finding | None = None) -> Rows:
        """Return the rows for which ``condition`` is true (NULL is not); the others are counted under ``finding``."""
        if not self.reporting:
            return replace(self, sql=f"SELECT * FROM ({self.sql}) WHERE {condition}")
        rows = self.add({}, findings=[finding] if finding else [])
        alive = rows.new("a")
        rest = [c.sql for c in {c.sql: c for c in rows.columns.values()}.values()]
        rest += [h for h in rows.hidden() if h != rows.alive]
        sql = f"SELECT {', '.join(rest)}, {rows.alive} AND coalesce({condition}, false) AS {alive} FROM ({rows.sql})"
        return replace(rows, sql=sql, alive=alive)

    def close(self) -> Rows:
        """Return the rows that still stand, their faults put aside: called before rows are multiplied."""
        if not self.reporting:
            return self
        stages = (*self.stages, Stage(self.sql, self.alive or "true", self.line or "0", self.checks))
        return replace(self, sql=f"SELECT * FROM ({self.sql}) WHERE {self.alive}", checks=(), stages=stages)


@dataclass(frozen=True)
class Stage:
    """A point at which a report counts: before rows are multiplied, and at the end."""

    sql: str
    alive: str
    line: str
    checks: tuple[Check, ...]

    def counts(self) -> str:
        """Return one SELECT of one row: rows, rows standing, then for each check its count, first lines, samples."""
        parts = ["count(*)", f"count(*) FILTER ({self.alive})"]
        for check in self.checks:
            # rows made of one line share its number: take more than are kept (DISTINCT would need a table for each check)
            there = f"FILTER ({check.sql} IS NOT NULL)"
            parts += [
                f"count({check.sql})",
                f"list_sort(list_distinct(coalesce(min({self.line}, {40 * KEEP}) {there}, [])))[:{KEEP}]",
                f"coalesce(arg_min({check.sql}, {self.line}, {KEEP}) {there}, [])",
            ]
        named = ", ".join(f"{part} AS r{i}" for i, part in enumerate(parts))
        return f"SELECT {named} FROM ({self.sql})"
