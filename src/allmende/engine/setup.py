# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Makes ready what a plan names, in a worker: remote sources before it is locked in, everything else after."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
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
    "SELECT {what} FROM pg_catalog.pg_namespace n WHERE n.nspname = {schema} AND NOT EXISTS (SELECT 1 "
    "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid "
    "JOIN pg_catalog.pg_type t ON t.oid = a.atttypid WHERE c.relnamespace = n.oid AND a.attnum > 0 "
    "AND t.typnamespace NOT IN (n.oid, 'pg_catalog'::pg_catalog.regnamespace) "
    "AND (t.typtype IN ('e', 'c') OR t.typcategory = 'A'))"
)

#: What a schema's tables look like, as a number: another one where a column came, went or changed its type.
_SHAPE: Final = (
    "(SELECT coalesce(pg_catalog.hashtextextended(pg_catalog.string_agg(pg_catalog.concat_ws(' ', a.attrelid, a.attnum, "
    "a.attname, a.atttypid, a.atttypmod), ',' ORDER BY a.attrelid, a.attnum), 0), 0) FROM pg_catalog.pg_class c "
    "JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid WHERE c.relnamespace = n.oid AND c.relkind IN "
    "('r', 'v', 'm', 'f', 'p') AND a.attnum > 0 AND NOT a.attisdropped)"
)

Connection = duckdb.DuckDBPyConnection


class Opened(msgspec.Struct, frozen=True):
    """A database opened before the question: with how many connections, and what its tables looked like then."""

    attachment: Postgres
    connections: int
    shape: int


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
        try:
            if isinstance(attachment, Postgres):
                _attach_postgres(connection, attachment, _wanted(plan, alias, reads))
            else:
                _attach_mysql(connection, attachment, _wanted(plan, alias, reads))
        except duckdb.Error:
            raise down(source) from None


def open_ahead(connection: Connection, plan: Plan, tell: Callable[[str], None]) -> dict[str, Opened]:
    """Do what :func:`attach_remote` does before anybody asks, and read the tables' columns; return what is open.

    Only for PostgreSQL read in one schema: there :func:`still_open` can tell whether all is as it was. Raises
    :class:`Invalid` where the plan needs another database, :class:`SourceDown`.
    """
    opened = {}
    for alias, (attachment, source) in attachments(plan).items():
        if isinstance(attachment, SQLite):
            continue
        tell(source)
        try:
            wanted = _wanted(plan, alias, {})
            shape = _attach_postgres(connection, attachment, wanted) if isinstance(attachment, Postgres) else None
        except duckdb.Error:
            raise down(source) from None
        if not isinstance(attachment, Postgres) or shape is None:
            raise Invalid(Text("Diese Quelle wird erst mit der Frage geöffnet.", "This source is opened on asking."))
        opened[alias] = Opened(attachment, wanted, shape)
    for table in plan.tables:
        if table.relation.attachments and not table.relation.paths:
            try:
                connection.execute(f"SELECT * FROM ({table.relation.sql}) LIMIT 0").fetchall()  # noqa: S608
            except duckdb.Error:
                raise down(table.source, dataset(table)) from None
    return opened


def still_open(
    connection: Connection, opened: Mapping[str, Opened], plan: Plan, reads: Mapping[tuple[str, str], int]
) -> bool:
    """Tell whether what was opened ahead is exactly what the plan needs: the same databases, enough connections, each
    alive, and the tables' columns as they were."""
    needed = {alias: to for alias, (to, _) in attachments(plan).items() if not isinstance(to, SQLite)}
    if needed != {alias: each.attachment for alias, each in opened.items()}:
        return False
    try:
        return all(
            _wanted(plan, alias, reads) <= each.connections
            and _open(connection, _query(alias, "SELECT 1"), each.connections, first=_looks(each.attachment))
            == each.shape
            for alias, each in opened.items()
        )
    except duckdb.Error:
        return False


def _wanted(plan: Plan, alias: str, reads: Mapping[tuple[str, str], int]) -> int:
    """Return how many connections to one database the question needs."""
    scans = sum(
        reads.get((table.tenant, table.name), 1) * max(table.relation.sql.count(alias), 1)
        for table in plan.tables
        if any(each.alias == alias for each in table.relation.attachments)
    )
    return min(max(plan.limits.threads, scans or plan.sql.count(alias)) + (scans > 1), MAX_CONNECTIONS)


def _attach_postgres(connection: Connection, to: Postgres, connections: int) -> int | None:
    """Attach one PostgreSQL; return what the tables of its one schema look like, ``None`` where all are attached."""
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
    query = _query(to.alias, "SELECT 1")
    shape = None
    if _PLAIN.fullmatch(to.schema):
        connection.execute(f"{attach}, SCHEMA {literal(to.schema)})")
        shape = _open(connection, query, connections, first=_looks(to))
        if shape is None:
            connection.execute(f"DETACH {alias}")
    if shape is None:
        connection.execute(f"{attach})")
        _open(connection, query, connections)
    connection.execute(f"DROP SECRET {alias}")
    return shape


def _query(alias: str, sql: str) -> str:
    return f"FROM postgres_query({literal(alias)}, {literal(sql)})"


def _looks(to: Postgres) -> str:
    """Return the query for what the tables of the one schema look like; no row where it does not tell all."""
    return _query(to.alias, _ALONE.format(what=_SHAPE, schema=literal(to.schema)))


def _attach_mysql(connection: Connection, to: MySQL, connections: int) -> None:
    connection.execute(
        f"SET mysql_pool_enable_reaper_thread=false; SET mysql_pool_size={connections}; "
        "SET mysql_pool_connection_idle_timeout_millis=0; SET mysql_query_timeout_enabled=true; "
        f"SET mysql_query_timeout_max_ms={to.statement_timeout_ms}"
    )
    more = f", SSL_MODE {literal(_MYSQL_TLS[to.sslmode])}"
    more += f", SOCKET {literal(to.socket)}" if to.socket else ""
    alias = quoted(to.alias)
    with _in_memory(to.ca) as ca:
        more += f", SSL_CA {literal(ca)}" if ca else ""
        connection.execute(
            f"CREATE SECRET {alias} (TYPE mysql, HOST {literal(to.host)}, PORT {to.port}, "
            f"DATABASE {literal(to.database)}, USER {literal(to.user)}, PASSWORD {literal(to.password)}{more})"
        )
        connection.execute(f"ATTACH '' AS {alias} (TYPE mysql, SECRET {alias}, READ_ONLY)")
        _open(connection, f"FROM mysql_query({literal(to.alias)}, 'SELECT 1')", connections)
    connection.execute(f"DROP SECRET {alias}")


#: libpq's words, which connection files use for both, and MySQL's.
_MYSQL_TLS = {"disable": "disabled", "prefer": "preferred", "require": "required", "verify-ca": "verify_ca"}


@contextlib.contextmanager
def _in_memory(text: str) -> Iterator[str]:
    """Yield the path of a file that holds the text and lies on no disk; "" for none. Gone afterwards."""
    if not text:
        yield ""
        return
    with os.fdopen(os.memfd_create("ca"), "wb") as file:
        file.write(text.encode())
        file.flush()
        yield f"/proc/self/fd/{file.fileno()}"


def _open(connection: Connection, query: str, connections: int, *, first: str = "") -> int | None:
    """Hold as many transactions at once, so that the pool must open as many connections.

    ``first`` is asked instead of ``query`` on the first, and what it says is returned; where it has no row, stop there.
    """
    said = None
    cursors = [connection.cursor() for _ in range(connections)]
    try:
        for place, cursor in enumerate(cursors):
            cursor.execute("BEGIN")
            row = cursor.execute(query if place else first or query).fetchone()
            if row is None:
                return None
            said = row[0] if said is None else said
        for cursor in cursors:
            cursor.execute("COMMIT")
    finally:
        for cursor in cursors:  # one left open over a dead connection would end the process when it is closed
            with contextlib.suppress(duckdb.Error):
                cursor.execute("ROLLBACK")
            cursor.close()
    return said


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
