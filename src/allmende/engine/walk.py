# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The gate's walk over DuckDB's tree: what is described in :mod:`allmende.engine.tree` passes, all else is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from allmende.engine import functions, tree
from allmende.engine.errors import Refused
from allmende.kernel.text import Text

MAX_TABLES: Final = 100
#: Greatest depth of the tree, of nodes and expressions together.
MAX_DEPTH: Final = 400
#: Where the parser names no place in the text.
NOWHERE: Final = (1 << 64) - 1
#: What DuckDB reads as a call of a function where no column has the name: it would show the session.
_SESSION_WORDS = frozenset({"current_catalog", "current_role", "current_schema", "current_user", "session_user"})

Node = dict[str, Any]
Scope = Mapping[str, str]


class Walker:
    """Walks one statement's tree; every dict it meets must be described in :mod:`allmende.engine.tree`.

    Each CTE gets a name of its own that nobody can type, and its references follow; so a name can never mean
    something else to DuckDB than it means here. With ``rewritten`` it checks a tree that was rewritten before.
    """

    def __init__(self, sql: str, secret: str, rewritten: frozenset[tuple[str, str]] | None = None) -> None:
        self._sql = sql
        self._secret = secret
        self._rewritten = rewritten
        self._named = 0
        self._at = NOWHERE
        self._read = 0
        self.tables: dict[tuple[str, str], int] = {}

    def statement(self, statement: Any) -> None:
        """Walk a statement: rename its CTEs, count its tables. Raises :class:`Refused` at what is not described."""
        self._statement(statement, {}, 0)

    # queries

    def _statement(self, node: Any, scope: Scope, depth: int) -> None:
        self._keys(node, tree.STATEMENT)
        self._none(node["named_param_map"])
        self._query(node["node"], scope, depth + 1)

    def _query(self, node: Any, scope: Scope, depth: int) -> None:
        self._deep(depth)
        kind = node.get("type") if isinstance(node, dict) else None
        if kind == "SELECT_NODE":
            self._keys(node, tree.SELECT_NODE)
            scope = self._with(node, scope, depth)
            self._select(node, scope, depth)
        elif kind == "SET_OPERATION_NODE":
            self._keys(node, tree.SET_OPERATION_NODE)
            scope = self._with(node, scope, depth)
            self._word(node, "setop_type")
            self._flag(node["setop_all"])
            self._query(node["left"], scope, depth + 1)
            self._query(node["right"], scope, depth + 1)
        else:
            raise self._unknown(kind)
        self._modifiers(node["modifiers"], scope, depth)

    def _select(self, node: Node, scope: Scope, depth: int) -> None:
        self._table(node["from_table"], scope, depth + 1)
        self._expressions(node["select_list"], scope, depth)
        self._optional(node["where_clause"], scope, depth)
        self._expressions(node["group_expressions"], scope, depth)
        for group in self._list(node["group_sets"]):
            for place in self._list(group):
                self._number(place)
        self._word(node, "aggregate_handling")
        self._optional(node["having"], scope, depth)
        self._optional(node["qualify"], scope, depth)
        self._sample(node["sample"])

    def _with(self, node: Node, scope: Scope, depth: int) -> Scope:
        """Walk the CTEs of a node in their order; return the scope its body has."""
        self._keys(node["cte_map"], frozenset({"map"}))
        inner = dict(scope)
        for entry in self._list(node["cte_map"]["map"]):
            self._keys(entry, frozenset({"key", "value"}))
            name, cte = self._name(entry["key"]), entry["value"]
            self._keys(cte, tree.CTE)
            self._texts(cte["aliases"])
            self._word(cte, "materialized")
            self._none(cte["key_targets"])
            new = self._fresh(name)
            body = cte["query"]
            self._keys(body, tree.STATEMENT)
            self._none(body["named_param_map"])
            if isinstance(body["node"], dict) and body["node"].get("type") == "RECURSIVE_CTE_NODE":
                self._recursive(body["node"], name, new, inner, depth + 1)
            else:
                self._query(body["node"], inner, depth + 1)
            entry["key"] = new
            inner[lower(name)] = new
        return inner

    def _recursive(self, node: Node, name: str, new: str, scope: Scope, depth: int) -> None:
        self._deep(depth)
        self._keys(node, tree.RECURSIVE_CTE_NODE)
        if lower(self._name(node["cte_name"])) != lower(name):
            raise self._unknown("RECURSIVE_CTE_NODE")
        node["cte_name"] = new
        self._none(node["key_targets"])
        self._texts(node["aliases"])
        self._flag(node["union_all"])
        scope = self._with(node, scope, depth)
        self._query(node["left"], scope, depth + 1)
        self._query(node["right"], {**scope, lower(name): new}, depth + 1)
        self._modifiers(node["modifiers"], scope, depth)

    def _modifiers(self, modifiers: Any, scope: Scope, depth: int) -> None:
        for modifier in self._list(modifiers):
            kind = modifier.get("type") if isinstance(modifier, dict) else None
            if kind == "ORDER_MODIFIER":
                self._order_modifier(modifier, scope, depth)
            elif kind in {"LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER"}:
                self._keys(modifier, frozenset({"type", "limit", "offset"}))
                self._optional(modifier["limit"], scope, depth)
                self._optional(modifier["offset"], scope, depth)
            elif kind == "DISTINCT_MODIFIER":
                self._keys(modifier, frozenset({"type", "distinct_on_targets"}))
                self._expressions(modifier["distinct_on_targets"], scope, depth)
            else:
                raise self._unknown(kind)

    def _order_modifier(self, modifier: Any, scope: Scope, depth: int) -> None:
        self._keys(modifier, frozenset({"type", "orders"}))
        if modifier["type"] != "ORDER_MODIFIER":
            raise self._unknown(modifier["type"])
        self._orders(modifier["orders"], scope, depth)

    def _orders(self, orders: Any, scope: Scope, depth: int) -> None:
        for order in self._list(orders):
            self._keys(order, frozenset({"type", "null_order", "expression"}))
            if order["type"] not in {"ORDER_DEFAULT", "ASCENDING", "DESCENDING"}:
                raise self._unknown(order["type"])
            self._word(order, "null_order")
            self._expression(order["expression"], scope, depth)

    # tables

    def _table(self, node: Any, scope: Scope, depth: int) -> None:
        self._deep(depth)
        kind = node.get("type") if isinstance(node, dict) else None
        if kind not in tree.TABLE_REFS:
            raise self._unknown(kind, "SHOW_REF")
        self._keys(node, tree.TABLE_REFS[kind])
        self._text(node["alias"])
        self._place(node)
        self._sample(node["sample"])
        if kind == "BASE_TABLE":
            self._base_table(node, scope)
        elif kind == "JOIN":
            self._join(node, scope, depth)
        elif kind == "SUBQUERY":
            self._texts(node["column_name_alias"])
            self._statement(node["subquery"], scope, depth + 1)
        elif kind == "TABLE_FUNCTION":
            self._table_function(node, scope, depth)
        elif kind == "EXPRESSION_LIST":
            self._none(node["expected_types"])
            self._texts(node["expected_names"])
            for row in self._list(node["values"]):
                self._expressions(row, scope, depth)
        elif kind == "PIVOT":
            self._pivot(node, scope, depth)

    def _base_table(self, node: Node, scope: Scope) -> None:
        catalog, schema, table = (self._text(node[key]) for key in ("catalog_name", "schema_name", "table_name"))
        self._texts(node["column_name_alias"])
        if node["at_clause"] is not None:
            raise self._refuse(
                Text("AT (VERSION, TIMESTAMP) gibt es hier nicht.", "There is no AT (VERSION, TIMESTAMP) here.")
            )
        self._read += 1
        if self._read > MAX_TABLES:
            raise self._refuse(
                Text(
                    f"Die Abfrage nennt mehr als {MAX_TABLES} Tabellen.",
                    f"The query names more than {MAX_TABLES} tables.",
                )
            )
        if not schema and not catalog:
            if lower(table) not in scope:
                raise self._refuse(
                    Text(
                        f"„{table[:80]}“ ist keine Tabelle: Datensätze heißen kommune.datensatz, mit genau einem "
                        "Punkt; ein einzelnes Wort muss davor mit WITH benannt sein.",
                        f"“{table[:80]}” is no table: data sets are called town.dataset, with exactly one dot; a "
                        "single word must have been named by WITH before.",
                    )
                )
            node["alias"] = node["alias"] or table
            node["table_name"] = scope[lower(table)]
            return
        name = lower(schema), lower(table)
        if self._rewritten is not None:
            if catalog != self._secret or name not in self._rewritten:
                raise self._unknown("BASE_TABLE")
            return
        if catalog:
            raise self._refuse(
                Text(
                    f"„{catalog[:80]}.{schema[:80]}.{table[:80]}“ hat drei Teile: Datensätze heißen kommune.datensatz.",
                    f"“{catalog[:80]}.{schema[:80]}.{table[:80]}” has three parts: data sets are called town.dataset.",
                )
            )
        if not schema or not all(re.fullmatch(r"[a-z][a-z0-9_]{0,62}", part) for part in name):
            raise self._refuse(no_dataset(f"{schema[:80]}.{table[:80]}"))
        node["schema_name"], node["table_name"] = name
        self.tables[name] = self.tables.get(name, 0) + 1

    def _join(self, node: Node, scope: Scope, depth: int) -> None:
        self._word(node, "join_type")
        self._word(node, "ref_type")
        self._texts(node["using_columns"])
        self._flag(node["delim_flipped"])
        self._none(node["duplicate_eliminated_columns"])
        self._table(node["left"], scope, depth + 1)
        self._table(node["right"], scope, depth + 1)
        self._optional(node["condition"], scope, depth)

    def _table_function(self, node: Node, scope: Scope, depth: int) -> None:
        self._texts(node["column_name_alias"])
        self._word(node, "with_ordinality")
        call = node["function"]
        if not isinstance(call, dict) or call.get("class") != "FUNCTION":
            raise self._unknown("TABLE_FUNCTION")
        self._expression(call, scope, depth, functions.TABLE)

    def _pivot(self, node: Node, scope: Scope, depth: int) -> None:
        self._table(node["source"], scope, depth + 1)
        self._expressions(node["aggregates"], scope, depth)
        for key in ("unpivot_names", "groups", "column_name_alias"):
            self._texts(node[key])
        self._flag(node["include_nulls"])
        for column in self._list(node["pivots"]):
            self._keys(column, tree.PIVOT_COLUMN)
            self._expressions(column["pivot_expressions"], scope, depth)
            self._texts(column["unpivot_names"])
            if column["pivot_enum"] != "":
                raise self._unknown("PIVOT")
            for entry in self._list(column["entries"]):
                self._keys(entry, tree.PIVOT_ENTRY)
                self._text(entry["alias"])
                self._optional(entry["star_expr"], scope, depth)
                for value in self._list(entry["values"]):
                    self._value(value)

    def _sample(self, sample: Any) -> None:
        if sample is None:
            return
        self._keys(sample, tree.SAMPLE)
        self._value(sample["sample_size"])
        self._flag(sample["is_percentage"])
        self._word(sample, "method")
        self._number(sample["seed"])

    # expressions

    def _expression(self, node: Any, scope: Scope, depth: int, callable_: frozenset[str] = functions.VALUE) -> None:
        depth += 1
        self._deep(depth)
        kind = node.get("class") if isinstance(node, dict) else None
        if kind not in tree.EXPRESSION_CLASSES:
            raise self._unknown(kind)
        types, keys = tree.EXPRESSION_CLASSES[kind]
        self._keys(node, keys.keys() | tree.COMMON.keys())
        self._place(node)
        if node["type"] not in types:
            raise self._unknown(node["type"])
        self._text(node["alias"])
        if kind in {"FUNCTION", "WINDOW"}:
            self._call(node, functions.AGGREGATE | functions.WINDOW if kind == "WINDOW" else callable_)
        elif kind == "COLUMN_REF":
            self._column(node)
        for key, what in keys.items():
            self._walk(what, node, key, scope, depth)

    def _walk(self, what: str, node: Node, key: str, scope: Scope, depth: int) -> None:
        value = node[key]
        match what:
            case tree.EXPRESSION:
                self._expression(value, scope, depth)
            case tree.OPTIONAL:
                self._optional(value, scope, depth)
            case tree.EXPRESSIONS:
                self._expressions(value, scope, depth)
            case tree.QUERY:
                self._statement(value, scope, depth)
            case tree.ORDERS:
                self._orders(value, scope, depth)
            case tree.ORDER_MODIFIER:
                self._order_modifier(value, scope, depth)
            case tree.TEXT:
                self._word(node, key) if key in tree.WORDS else self._text(value)
            case tree.TEXTS:
                self._texts(value)
            case tree.FLAG:
                self._flag(value)
            case tree.NUMBER:
                self._number(value)
            case tree.VALUE:
                self._value(value)
            case tree.TYPE:
                self._type(value, 0)
            case tree.CASES:
                for check in self._list(value):
                    self._keys(check, frozenset({"when_expr", "then_expr"}))
                    self._expression(check["when_expr"], scope, depth)
                    self._expression(check["then_expr"], scope, depth)
            case tree.REPLACED:
                for entry in self._list(value):
                    self._keys(entry, frozenset({"key", "value"}))
                    self._text(entry["key"])
                    self._expression(entry["value"], scope, depth)
            case tree.RENAMED:
                for entry in self._list(value):
                    self._keys(entry, frozenset({"key", "value"}))
                    self._qualified(entry["key"])
                    self._text(entry["value"])
            case tree.QUALIFIED:
                for entry in self._list(value):
                    self._qualified(entry)
            case _:
                raise self._unknown(what)

    def _expressions(self, nodes: Any, scope: Scope, depth: int) -> None:
        for node in self._list(nodes):
            self._expression(node, scope, depth)

    def _optional(self, node: Any, scope: Scope, depth: int) -> None:
        if node is not None:
            self._expression(node, scope, depth)

    def _call(self, node: Node, allowed: frozenset[str]) -> None:
        name = lower(self._text(node["function_name"]))
        schema, catalog = self._text(node["schema"]), self._text(node["catalog"])
        # The parser itself writes "main" for some operators; what counts is the name, which stands in no other schema.
        if name not in allowed or schema not in {"", "main"} or catalog or node.get("export_state"):
            shown = ".".join(part for part in (catalog, schema, name) if part)[:80]
            raise self._refuse(
                Text(
                    f"Die Funktion „{shown}“ ist hier nicht erlaubt. Daten liest man als kommune.datensatz; die Liste "
                    "der erlaubten Funktionen steht in der Hilfe zu SQL.",
                    f"The function “{shown}” is not allowed here. Data are read as town.dataset; the help page on SQL "
                    "lists the functions allowed.",
                )
            )

    def _column(self, node: Node) -> None:
        names = self._texts(node["column_names"])
        if not names or (len(names) == 1 and lower(names[0]) in _SESSION_WORDS):
            raise self._refuse(
                Text(
                    f"„{''.join(names)[:80]}“ ist hier nicht erlaubt.",
                    f"“{''.join(names)[:80]}” is not allowed here.",
                )
            )

    def _qualified(self, node: Any) -> None:
        self._keys(node, frozenset({"catalog", "schema", "table", "column"}))
        for part in node.values():
            self._text(part)

    # values and types

    def _value(self, node: Any) -> None:
        if not isinstance(node, dict) or not node.keys() <= {"type", "is_null", "value"}:
            raise self._unknown("VALUE")
        self._type(node["type"], 0)
        self._flag(node["is_null"])
        value = node.get("value")
        if isinstance(value, dict):
            parts = value.keys() <= {"upper", "lower", "months", "days", "micros"}
            if not parts or not all(isinstance(part, int) for part in value.values()):
                raise self._unknown("VALUE")
        elif not (value is None or isinstance(value, str | int | float | bool)):
            raise self._unknown("VALUE")

    def _type(self, node: Any, depth: int) -> None:
        if depth > 20:
            raise self._unknown("TYPE")
        self._keys(node, frozenset({"id", "type_info"}))
        name, info = node["id"], node["type_info"]
        if name != "UNBOUND" and name not in functions.TYPES:
            raise self._no_type(str(name))
        if info is None:
            return
        kind = info.get("type") if isinstance(info, dict) else None
        if kind not in tree.TYPE_INFOS:
            raise self._no_type(str(name))
        self._keys(info, tree.TYPE_INFOS[kind] | {"type", "alias", "extension_info"})
        if info["extension_info"] is not None or info["alias"] not in {"", "GEOMETRY"}:
            raise self._no_type(str(info["alias"]))
        for key in ("width", "scale", "size"):
            if key in info:
                self._number(info[key])
        if "child_type" in info:
            self._type(info["child_type"], depth + 1)
        for child in self._list(info.get("child_types", [])):
            self._keys(child, frozenset({"first", "second"}))
            self._text(child["first"])
            self._type(child["second"], depth + 1)
        if kind == "UNBOUND_TYPE_INFO":
            known = lower(self._text(info["name"])) in functions.NAMED_TYPES
            if not known or info["catalog"] or info["schema"]:
                raise self._no_type(str(info["name"]))
            for value in self._list(info["user_type_modifiers"]):
                self._value(value)

    # single values

    def _keys(self, node: Any, allowed: Iterable[str]) -> None:
        if not isinstance(node, dict) or node.keys() != set(allowed):
            raise self._unknown(node.get("type") if isinstance(node, dict) else None)

    def _list(self, value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self._unknown("list")
        return value

    def _text(self, value: Any) -> str:
        if not isinstance(value, str):
            raise self._unknown("text")
        if self._rewritten is None and self._secret in lower(value):
            raise self._unknown("name")
        return value

    def _texts(self, value: Any) -> list[str]:
        return [self._text(each) for each in self._list(value)]

    def _name(self, value: Any) -> str:
        name = self._text(value)
        if not name:
            raise self._unknown("name")
        return name

    def _flag(self, value: Any) -> None:
        if not isinstance(value, bool):
            raise self._unknown("flag")

    def _number(self, value: Any) -> None:
        if not isinstance(value, int):
            raise self._unknown("number")

    def _none(self, value: Any) -> None:
        if value not in (None, []):
            raise self._unknown("parameter")

    def _word(self, node: Node, key: str) -> None:
        if node[key] not in tree.WORDS[key]:
            raise self._unknown(f"{key} {node[key]}")

    def _fresh(self, name: str) -> str:
        if self._rewritten is not None:
            if not name.startswith(f"{self._secret}_c"):
                raise self._unknown("WITH")
            return name
        self._named += 1
        return f"{self._secret}_c{self._named}"

    def _place(self, node: Node) -> None:
        self._number(node["query_location"])
        if node["query_location"] != NOWHERE:
            self._at = node["query_location"]

    def _deep(self, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise self._refuse(
                Text(
                    f"Die Abfrage ist zu tief geschachtelt (höchstens {MAX_DEPTH} Ebenen).",
                    f"The query is nested too deep (at most {MAX_DEPTH} levels).",
                )
            )

    # refusals

    def _refuse(self, detail: Text) -> Refused:
        known = self._rewritten is None and self._at != NOWHERE
        return Refused(detail, **(place(self._sql, self._at) if known else {}))

    def _unknown(self, what: object, *also: str) -> Refused:
        name = str(what)[:60]
        if name in {"SHOW_REF", *also}:
            return self._refuse(
                Text(
                    "SHOW, DESCRIBE und SUMMARIZE sind hier nicht erlaubt; Felder und ihre Bedeutung stehen im "
                    "Datenkatalog.",
                    "SHOW, DESCRIBE and SUMMARIZE are not allowed here; fields and their meaning are in the catalogue.",
                )
            )
        return self._refuse(
            Text(
                f"Dieser Teil der Abfrage ist hier nicht erlaubt ({name}).",
                f"This part of the query is not allowed here ({name}).",
            )
        )

    def _no_type(self, name: str) -> Refused:
        return self._refuse(Text(f"Den Typ „{name[:60]}“ gibt es hier nicht.", f"There is no type “{name[:60]}” here."))


def lower(name: str) -> str:
    """Lower-case as DuckDB compares names: ASCII only."""
    return "".join(chr(ord(letter) + 32) if "A" <= letter <= "Z" else letter for letter in name)


def no_dataset(name: str) -> Text:
    """Return what is said of a data set that does not exist, or must seem not to."""
    return Text(
        f"Einen Datensatz „{name}“ gibt es nicht. Datensätze heißen kommune.datensatz; welche es gibt, zeigt der "
        "Datenkatalog.",
        f"There is no data set “{name}”. Data sets are called town.dataset; the catalogue shows which there are.",
    )


def place(sql: str, offset: int) -> dict[str, int]:
    """Return line and column (from 1) of a byte offset."""
    before = sql.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "ignore")
    return {"line": before.count("\n") + 1, "column": len(before) - (before.rfind("\n") + 1) + 1}
