# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Makes ready what a plan names, in a worker: remote sources before it is locked in, everything else after."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import duckdb
import msgspec

from allmende.engine.plan import Attachment, MySQL, Plan, Postgres, SQLite, Table
from allmende.kernel.errors import Invalid, SourceDown
from allmende.kernel.text import Text

#: Most connections one question opens to one source; each scan of its tables may need one.
MAX_CONNECTIONS: Final = 12

#: A schema's name that needs no thought about quoting on any server.
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

#: Has a row where the schema exists, written so, and none of its columns has an enumeration, a composite or an array
#: of another schema's. Else its catalogue alone does not tell all: DuckDB would take such values as text.
_ALONE: Final = (
    "SELECT 1 FROM pg_catalog.pg_namespace n WHERE n.nspname = {schema} AND NOT EXISTS (SELECT 1 "
    "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid "
    "JOIN pg_catalog.pg_type t ON t.oid = a.atttypid WHERE c.relnamespace = n.oid AND a.attnum > 0 "
    "AND t.typnamespace NOT IN (n.oid, 'pg_catalog'::pg_catalog.regnamespace) "
    "AND (t.typtype IN ('e', 'c') OR t.typcategory = 'A'))"
)

Connection = duckdb.DuckDBPyConnection


def down(source: str, dataset: str = "") -> SourceDown:
    """Return the problem that says which source does not answer."""
    return SourceDown(
        Text(
            f"Die Quelle „{source or dataset}“ antwortet nicht oder ist nicht lesbar. Andere Datensätze sind nicht "
            "betroffen; versuchen Sie es später noch einmal.",
            f"The source “{source or dataset}” does not answer or cannot be read. Other data sets are not affected; "
            "try again later.",
        ),
        source=source,
        **({"dataset": dataset} if dataset else {}),
    )


def dataset(table: Table) -> str:
    """Return a table's name as the asker writes it."""
    return f"{table.tenant}.{table.name}"


def quoted(name: str) -> str:
    """Return ``name`` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return ``text`` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def attachments(plan: Plan) -> dict[str, tuple[Attachment, str]]:
    """Return the attachments of a plan by alias, each with its source's name. Raises :class:`Invalid` on a clash.

    Where the same database is read in several schemas, it is attached with all of them.
    """
    found: dict[str, tuple[Attachment, str]] = {}
    named = [(each, table.source or dataset(table)) for table in plan.tables for each in table.relation.attachments]
    for attachment, source in [*named, *((each, each.alias) for each in plan.attachments)]:
        before, first = found.setdefault(attachment.alias, (attachment, source))
        if before == attachment:
            continue
        found[attachment.alias] = (_whole(before), first)
        if _whole(before) != _whole(attachment):
            raise Invalid(
                Text(
                    f"Zwei Quellen heißen im Plan „{attachment.alias}“.",
                    f"Two sources are called “{attachment.alias}” in the plan.",
                )
            )
    return found


def _whole(attachment: Attachment) -> Attachment:
    return msgspec.structs.replace(attachment, schema="") if isinstance(attachment, Postgres) else attachment


def readable(plan: Plan) -> tuple[str, ...]:
    """Return the files the worker must be able to read."""
    files = dict.fromkeys(plan.paths)
    for table in plan.tables:
        for path in table.relation.paths:
            if not Path(path).is_file():
                raise down(table.source, dataset(table))
            files[path] = None
    for attachment, source in attachments(plan).values():
        if isinstance(attachment, SQLite):
            if not Path(attachment.path).is_file():
                raise down(source)
            beside = (attachment.path + end for end in ("", "-wal", "-shm", "-journal"))
            files.update(dict.fromkeys(path for path in beside if Path(path).is_file()))
    return tuple(files)


def attach_remote(
    connection: Connection, plan: Plan, reads: Mapping[tuple[str, str], int], tell: Callable[[str], None]
) -> None:
    """Attach databases behind a network and open all connections the question will need.

    A locked-in worker opens no socket, so they must exist before: as many as threads scan at once or as the question
    scans the source's tables, whichever is more. ``tell`` hears which source is being called. Raises
    :class:`SourceDown`.
    """
    for alias, (attachment, source) in attachments(plan).items():
        if isinstance(attachment, SQLite):
            continue
        tell(source)
        scans = sum(
            reads.get((table.tenant, table.name), 1) * max(table.relation.sql.count(alias), 1)
            for table in plan.tables
            if any(each.alias == alias for each in table.relation.attachments)
        )
        wanted = min(max(plan.limits.threads, scans or plan.sql.count(alias)) + (scans > 1), MAX_CONNECTIONS)
        try:
            if isinstance(attachment, Postgres):
                _attach_postgres(connection, attachment, wanted)
            else:
                _attach_mysql(connection, attachment, wanted)
        except duckdb.Error:
            raise down(source) from None


def _attach_postgres(connection: Connection, to: Postgres, connections: int) -> None:
    connection.execute(
        f"SET pg_pool_enable_reaper_thread=false; SET pg_pool_max_connections={connections}; "
        "SET pg_pool_idle_timeout_millis=0; SET pg_pool_health_check_query=''"
    )
    connection.execute(
        f"CREATE SECRET {quoted(to.alias)} (TYPE postgres, HOST {literal(to.host)}, PORT {to.port}, "
        f"DATABASE {literal(to.database)}, USER {literal(to.user)}, PASSWORD {literal(to.password)})"
    )
    options = (
        f"sslmode={to.sslmode} connect_timeout={to.connect_timeout_s} application_name=allmende "
        f"options='-c statement_timeout={to.statement_timeout_ms} -c default_transaction_read_only=on'"
    )
    if to.address:
        options += f" hostaddr={to.address}"
    alias = quoted(to.alias)
    attach = f"ATTACH {literal(options)} AS {alias} (TYPE postgres, SECRET {alias}, READ_ONLY"
    query = f"FROM postgres_query({literal(to.alias)}, 'SELECT 1')"
    narrow = bool(_PLAIN.fullmatch(to.schema))
    if narrow:
        connection.execute(f"{attach}, SCHEMA {literal(to.schema)})")
        alone = literal(_ALONE.format(schema=literal(to.schema)))
        narrow = _open(connection, query, connections, first=f"FROM postgres_query({literal(to.alias)}, {alone})")
        if not narrow:
            connection.execute(f"DETACH {alias}")
    if not narrow:
        connection.execute(f"{attach})")
        _open(connection, query, connections)
    connection.execute(f"DROP SECRET {alias}")


def _attach_mysql(connection: Connection, to: MySQL, connections: int) -> None:
    connection.execute(
        f"SET mysql_pool_enable_reaper_thread=false; SET mysql_pool_size={connections}; "
        "SET mysql_pool_connection_idle_timeout_millis=0; SET mysql_query_timeout_enabled=true; "
        f"SET mysql_query_timeout_max_ms={to.statement_timeout_ms}"
    )
    socket = f", SOCKET {literal(to.socket)}" if to.socket else ""
    connection.execute(
        f"CREATE SECRET {quoted(to.alias)} (TYPE mysql, HOST {literal(to.host)}, PORT {to.port}, "
        f"DATABASE {literal(to.database)}, USER {literal(to.user)}, PASSWORD {literal(to.password)}{socket})"
    )
    alias = quoted(to.alias)
    connection.execute(f"ATTACH '' AS {alias} (TYPE mysql, SECRET {alias}, READ_ONLY)")
    _open(connection, f"FROM mysql_query({literal(to.alias)}, 'SELECT 1')", connections)
    connection.execute(f"DROP SECRET {alias}")


def _open(connection: Connection, query: str, connections: int, *, first: str = "") -> bool:
    """Hold as many transactions at once, so that the pool must open as many connections.

    ``first`` is asked instead of ``query`` on the first. If it returns no row, stop there and return ``False``.
    """
    cursors = [connection.cursor() for _ in range(connections)]
    try:
        for place, cursor in enumerate(cursors):
            cursor.execute("BEGIN")
            if not cursor.execute(query if place else first or query).fetchall():
                return False
        for cursor in cursors:
            cursor.execute("COMMIT")
    finally:
        for cursor in cursors:
            cursor.close()
    return True


def attach_files(connection: Connection, plan: Plan) -> None:
    """Attach databases that are files. Raises :class:`SourceDown`."""
    for alias, (attachment, source) in attachments(plan).items():
        if isinstance(attachment, SQLite):
            try:
                connection.execute(f"ATTACH {literal(attachment.path)} AS {quoted(alias)} (TYPE sqlite, READ_ONLY)")
            except duckdb.Error:
                raise down(source) from None


def make_views(connection: Connection, plan: Plan, secret: str) -> None:
    """Make the request's database, named ``secret``, with a view for each table. Raises :class:`SourceDown`.

    Where obligations leave out rows, a LIMIT without effect stands above them: the optimiser moves no condition
    through a LIMIT, so none of the question's is evaluated on a row that was left out.
    """
    connection.execute(f"ATTACH ':memory:' AS {quoted(secret)}")
    for tenant in dict.fromkeys(table.tenant for table in plan.tables):
        connection.execute(f"CREATE SCHEMA {quoted(secret)}.{quoted(tenant)}")
    for table in plan.tables:
        view = ".".join(quoted(part) for part in (secret, table.tenant, table.name))
        barrier = f" LIMIT {(1 << 62)}" if table.filtered else ""
        try:
            connection.execute(f"CREATE VIEW {view} AS SELECT * FROM ({table.relation.sql}){barrier}")  # noqa: S608
        except duckdb.Error:
            raise down(table.source, dataset(table)) from None


def settle(connection: Connection, plan: Plan, folder: str, files: tuple[str, ...]) -> None:
    """Set what the question may use and close DuckDB's own doors; the kernel's are closed already."""
    limits = plan.limits
    allowed = ", ".join(literal(path) for path in (*files, *([plan.output] if plan.output else [])))
    connection.execute(
        f"SET threads={limits.threads}; SET memory_limit='{limits.memory_bytes}B'; "
        f"SET temp_directory={literal(folder)}; SET max_temp_directory_size='{limits.temporary_bytes}B'; "
        f"SET allowed_paths=[{allowed}]; SET enable_external_access=false; SET lock_configuration=true"
    )
