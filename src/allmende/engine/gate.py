# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The gate: which SQL of a stranger may run, decided on DuckDB's own tree.

:func:`read` turns a question into a checked tree; :func:`rewrite` points its tables to the views made for this request
and gives the SQL that runs. That SQL is parsed and checked once more, so what was checked is what runs, whatever the
way back from tree to text does. Unknown means no.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any, Final, cast

import duckdb
import msgspec

from allmende.engine.errors import Refused
from allmende.engine.plan import Parsed
from allmende.engine.walk import Node, Walker, no_dataset, place
from allmende.kernel.text import Text

#: Limits before any parser sees the text.
MAX_BYTES: Final = 64 * 1024
MAX_NESTING: Final = 60
MAX_SET_OPERATIONS: Final = 100

_TOKENS = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))
      | (?P<string>[eE]'(?:[^'\\]|''|\\.)*(?:'|\Z)|'(?:[^']|'')*(?:'|\Z)
        |(?P<dollar>\$[A-Za-z_0-9]*\$).*?(?:(?P=dollar)|\Z))
      | (?P<name>"(?:[^"]|"")*(?:"|\Z)|[^\W\d]\w*)
      | (?P<open>[(\[{]) | (?P<close>[)\]}]) | (?P<semicolon>;) | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_SET_WORDS = frozenset({"union", "intersect", "except"})
_SHOWN_NAME = re.compile(r"\w{1,63}\Z")


class Question(msgspec.Struct):
    """A checked question: its tree (CTEs already renamed), its tables with how often each is read, its shape."""

    tree: Node
    tables: dict[tuple[str, str], int]
    shape: str

    def parsed(self) -> Parsed:
        """Return what the asker's side needs to know."""
        return Parsed(tables=tuple(self.tables), shape=self.shape)


def read(connection: duckdb.DuckDBPyConnection, sql: str, secret: str) -> Question:
    """Check ``sql`` and return it as a :class:`Question`.

    ``connection`` only parses. ``secret`` is the request's random word: no name in the question can start with it.
    Raises :class:`Refused`.
    """
    check_text(sql)
    statement = _parse(connection, sql)
    walker = Walker(sql, secret)
    walker.statement(statement)
    return Question(tree=statement, tables=walker.tables, shape=_shape(connection, statement, secret))


def rewrite(
    connection: duckdb.DuckDBPyConnection, question: Question, secret: str, allowed: Iterable[tuple[str, str]]
) -> str:
    """Return the SQL that runs: each table is read from the view of its name in the database named ``secret``.

    Raises :class:`Refused` when the question reads a table that is not ``allowed``.
    """
    permitted = frozenset(allowed)
    if missing := sorted(set(question.tables) - permitted):
        raise Refused(no_dataset(".".join(missing[0])))

    def point(node: Node) -> None:
        if node.get("type") == "BASE_TABLE" and node["schema_name"]:
            node["catalog_name"] = secret
        elif node.get("class") == "CONSTANT" and node["value"]["type"]["id"] == "DOUBLE":
            _keep_double(node)

    _visit(question.tree, point)
    sql = _text(connection, question.tree)
    again = _parse(connection, sql)
    Walker(sql, secret, rewritten=permitted).statement(again)
    return sql


def check_text(sql: str) -> None:
    """Bound length, nesting, set operations and statements before any parser. Raises :class:`Refused`."""
    size = len(sql.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise Refused(
            Text(
                f"Die Abfrage ist {size} Bytes lang, höchstens {MAX_BYTES} sind erlaubt. Kürzen Sie lange Listen.",
                f"The query is {size} bytes long, at most {MAX_BYTES} are allowed. Shorten long lists.",
            )
        )
    if "\0" in sql or any("\ud800" <= letter <= "\udfff" for letter in sql):
        raise Refused(
            Text("Die Abfrage enthält ein Zeichen, das kein Text ist.", "The query contains what is not text.")
        )
    depth = set_operations = 0
    ended = False
    if sql.count("/*") > MAX_NESTING:  # comments nest; DuckDB reads those not ended again and again
        raise Refused(Text("Die Abfrage enthält zu viele Kommentare.", "The query has too many comments."))
    for token in _TOKENS.finditer(sql):
        kind = token.lastgroup if token.lastgroup != "dollar" else "string"
        if kind == "comment" or (kind == "other" and token.group().isspace()):
            continue
        if ended and kind != "semicolon":
            raise Refused(
                Text("Nur eine einzige Abfrage ist erlaubt.", "Only one single query is allowed."),
                **place(sql, len(sql[: token.start()].encode("utf-8"))),
            )
        if kind == "open":
            depth += 1
        elif kind == "close":
            depth = max(depth - 1, 0)
        elif kind == "name":
            set_operations += token.group().lower() in _SET_WORDS
        elif kind == "semicolon":
            ended = True
        if depth > MAX_NESTING or set_operations > MAX_SET_OPERATIONS:
            raise Refused(
                Text(
                    f"Die Abfrage ist zu tief geschachtelt (höchstens {MAX_NESTING} Klammern ineinander, "
                    f"{MAX_SET_OPERATIONS}-mal UNION, INTERSECT oder EXCEPT).",
                    f"The query is nested too deep (at most {MAX_NESTING} brackets inside each other, "
                    f"{MAX_SET_OPERATIONS} times UNION, INTERSECT or EXCEPT).",
                ),
                **place(sql, len(sql[: token.start()].encode("utf-8"))),
            )


def clean(message: str, secret: str) -> str:
    """Return DuckDB's message without the request's own names, the text around the place, and file paths."""
    text = re.split(r"\n\s*\n|\nLINE ", message, maxsplit=1)[0]
    text = re.sub(rf'"?{re.escape(secret)}"?\.', "", text)
    text = re.sub(rf"{re.escape(secret)}_c\d+", "…", text).replace(secret, "…")
    text = re.sub(r"(?<![\w/])(?:/[\w.@+\- ]+){2,}", "…", text)
    return text.strip()[:1000]


# --- parsing ------------------------------------------------------------------------------------------------


def _parse(connection: duckdb.DuckDBPyConnection, sql: str) -> Node:
    """Return the one statement's tree. Raises :class:`Refused` for what is no single SELECT."""
    try:
        row = connection.execute("SELECT json_serialize_sql($1)", [sql]).fetchone()
        answer: Node = json.loads(row[0]) if row else {"error": True, "error_message": ""}
    except (duckdb.Error, ValueError, RecursionError) as error:
        raise Refused(
            Text("Die Abfrage ist nicht lesbar.", "The query cannot be read."), duckdb=str(error)[:300]
        ) from None
    if answer["error"]:
        raise _unreadable(sql, answer)
    statements = answer["statements"]
    if len(statements) != 1:
        raise Refused(Text("Eine einzige SELECT-Abfrage wird erwartet.", "One single SELECT query is expected."))
    return cast("Node", statements[0])


def _unreadable(sql: str, answer: Node) -> Refused:
    message = str(answer.get("error_message", ""))[:500]
    where = place(sql, int(answer["position"])) if str(answer.get("position", "")).isdigit() else {}
    if message.startswith("Only SELECT"):
        return Refused(
            Text(
                "Nur SELECT ist erlaubt; Daten ändern, Dateien oder Datenbanken öffnen und Einstellungen setzen nicht. "
                "PIVOT braucht die Werte ausgeschrieben: FROM (PIVOT … ON spalte IN ('a', 'b') USING …).",
                "Only SELECT is allowed; changing data, opening files or databases and settings are not. "
                "PIVOT needs its values spelled out: FROM (PIVOT … ON column IN ('a', 'b') USING …).",
            )
        )
    return Refused(
        Text(f"Die Abfrage ist kein gültiges SQL: {message}", f"The query is not valid SQL: {message}"), **where
    )


def _text(connection: duckdb.DuckDBPyConnection, statement: Node) -> str:
    """Return a tree as SQL."""
    document = json.dumps({"error": False, "statements": [statement]})
    try:
        row = connection.execute("SELECT json_deserialize_sql($1)", [document]).fetchone()
    except duckdb.Error:
        raise Refused(Text("Die Abfrage ist zu verwickelt.", "The query is too intricate.")) from None
    return str(row[0]) if row else ""


def _shape(connection: duckdb.DuckDBPyConnection, statement: Node, secret: str) -> str:
    """Return the question's SQL without literals, comments and freely chosen words."""
    bare = json.loads(json.dumps(statement))

    def strip(node: Node) -> None:
        if node.get("class") == "CONSTANT":
            node["value"] = {"type": {"id": "VARCHAR", "type_info": None}, "is_null": False, "value": "?"}
        elif node.get("class") == "FUNCTION":  # names of arguments, of fields of a structure
            for argument in node["children"]:
                argument["alias"] = "?" if argument["alias"] else ""
        elif "pivot_expressions" in node:
            node["entries"] = [{"values": [_MARK], "star_expr": None, "alias": ""}]
        for key in ("alias", "relation_name"):
            if isinstance(node.get(key), str) and not _SHOWN_NAME.match(node[key] or "x"):
                node[key] = "?"
        if isinstance(node.get("column_names"), list):
            node["column_names"] = [name if _SHOWN_NAME.match(name) else "?" for name in node["column_names"]]
        for key in ("column_name_alias", "aliases"):
            if isinstance(node.get(key), list):
                node[key] = [f"a{place}" for place, _ in enumerate(node[key])]

    _visit(bare, strip)
    try:
        text = _text(connection, bare)
    except Refused:
        return "SELECT …"
    text = re.sub(rf'"?{re.escape(secret)}_c(\d+)"?', r"c\1", text).replace("'?'", "?").replace('"?"', "?")
    return re.sub(r"\?(?:, \?)+", "?, …", text)


_MARK: Final = {"type": {"id": "VARCHAR", "type_info": None}, "is_null": False, "value": "?"}


def _visit(value: Any, act: Callable[[Node], None]) -> None:
    """Call ``act`` on each dict of a tree, outer ones first."""
    stack = [value]
    while stack:
        each = stack.pop()
        if isinstance(each, dict):
            act(each)
            stack.extend(each.values())
        elif isinstance(each, list):
            stack.extend(each)


def _keep_double(node: Node) -> None:
    """Turn a DOUBLE into a cast: written back as text, 1e3 would read as the DECIMAL 1000.0."""
    value = {**node["value"], "type": {"id": "VARCHAR", "type_info": None}, "value": repr(node["value"]["value"])}
    alias, location = node["alias"], node["query_location"]
    constant = {"class": "CONSTANT", "type": "VALUE_CONSTANT", "alias": "", "query_location": location, "value": value}
    cast_type = {"id": "DOUBLE", "type_info": None}
    node.clear()
    node.update({"class": "CAST", "type": "OPERATOR_CAST", "alias": alias, "query_location": location})
    node.update({"child": constant, "cast_type": cast_type, "try_cast": False})
