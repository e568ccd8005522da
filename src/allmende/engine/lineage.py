# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Units of an answer's columns, where they can be known: a plain column keeps its unit, so do its mean, sum and ends.

Guessing is worse than silence: whatever is not followed exactly has no unit.
"""

from __future__ import annotations

from typing import Any

from allmende.engine.plan import Table

Node = dict[str, Any]
#: Columns of something in FROM, in order: name (lower case) and unit. ``None``: not followed.
Columns = list[tuple[str, str]] | None

#: Functions whose result has their argument's unit.
KEEPING = frozenset(
    {"any_value", "arbitrary", "avg", "favg", "first", "fsum", "kahan_sum", "last", "mad", "max", "mean"}
)
KEEPING |= frozenset({"median", "min", "mode", "quantile_cont", "quantile_disc", "stddev", "stddev_pop", "stddev_samp"})
KEEPING |= frozenset({"sum", "abs", "ceil", "ceiling", "floor", "round", "trunc", "coalesce", "first_value", "lag"})
KEEPING |= frozenset({"last_value", "lead"})


def units(statement: Node, tables: tuple[Table, ...], width: int) -> list[str]:
    """Return the units of the answer's ``width`` columns, "" where unknown; ``statement`` is a checked tree."""
    known = {
        (table.tenant, table.name): [(field.name.lower(), field.unit) for field in table.relation.fields]
        for table in tables
    }
    columns = _query(statement["node"], known, {})
    return [unit for _, unit in columns] if columns is not None and len(columns) == width else [""] * width


def _query(node: Node, tables: dict[tuple[str, str], list[tuple[str, str]]], ctes: dict[str, Columns]) -> Columns:
    ctes = dict(ctes)
    for entry in node["cte_map"]["map"]:
        body, aliases = entry["value"]["query"]["node"], entry["value"]["aliases"]
        recursive = body["type"] == "RECURSIVE_CTE_NODE"
        ctes[entry["key"]] = None if recursive else _named(_query(body, tables, ctes), aliases)
    if node["type"] == "SET_OPERATION_NODE":
        left, right = _query(node["left"], tables, ctes), _query(node["right"], tables, ctes)
        if node["setop_type"] == "UNION_BY_NAME" or left is None or right is None or len(left) != len(right):
            return None
        return [(a[0], a[1] if a[1] == b[1] else "") for a, b in zip(left, right, strict=True)]
    if node["type"] != "SELECT_NODE":
        return None
    sources: list[tuple[str, Columns]] = []
    plain = _from(node["from_table"], tables, ctes, sources)
    result: list[tuple[str, str]] = []
    for item in node["select_list"]:
        if item["class"] == "STAR":
            star = _star(item, sources) if plain else None
            if star is None:
                return None
            result += star
        else:
            name = item["alias"] or (item["column_names"][-1] if item["class"] == "COLUMN_REF" else "")
            result.append((name.lower(), _unit(item, sources)))
    return result


def _from(
    node: Node,
    tables: dict[tuple[str, str], list[tuple[str, str]]],
    ctes: dict[str, Columns],
    into: list[tuple[str, Columns]],
) -> bool:
    """Collect what FROM names; False where ``*`` over it would not be just their columns in a row."""
    kind = node["type"]
    if kind == "JOIN":
        plain = _from(node["left"], tables, ctes, into)
        if node["join_type"] in {"SEMI", "ANTI"}:
            return plain
        plain &= _from(node["right"], tables, ctes, into)
        return plain and not node["using_columns"] and node["ref_type"] != "NATURAL"
    if kind == "BASE_TABLE":
        name = node["schema_name"], node["table_name"]
        columns = tables.get(name) if name[0] else ctes.get(name[1])
        into.append(((node["alias"] or node["table_name"]).lower(), _named(columns, node["column_name_alias"])))
    elif kind == "SUBQUERY":
        columns = _query(node["subquery"]["node"], tables, ctes)
        into.append((node["alias"].lower(), _named(columns, node["column_name_alias"])))
    elif kind == "EMPTY":
        return True
    else:
        into.append((node["alias"].lower(), None))
    return True


def _named(columns: Columns, aliases: list[str]) -> Columns:
    if columns is None or len(aliases) > len(columns):
        return None
    return [
        (aliases[place].lower() if place < len(aliases) else name, unit) for place, (name, unit) in enumerate(columns)
    ]


def _star(item: Node, sources: list[tuple[str, Columns]]) -> Columns:
    odd = item["columns"] or item["expr"] or item["rename_list"] or item["qualified_exclude_list"]
    chosen = [
        columns for alias, columns in sources if not item["relation_name"] or alias == item["relation_name"].lower()
    ]
    if odd or not chosen or any(columns is None for columns in chosen):
        return None
    left_out = {name.lower() for name in item["exclude_list"]}
    replaced = {entry["key"].lower(): _unit(entry["value"], sources) for entry in item["replace_list"]}
    return [
        (name, replaced.get(name, unit)) for columns in chosen for name, unit in columns or [] if name not in left_out
    ]


def _unit(node: Node, sources: list[tuple[str, Columns]]) -> str:
    kind = node["class"]
    if kind == "COLUMN_REF":
        return _column(node["column_names"], sources)
    if kind in {"FUNCTION", "WINDOW"} and node["function_name"].lower() in KEEPING and node["children"]:
        return _unit(node["children"][0], sources)
    if kind == "CAST":
        return _unit(node["child"], sources)
    if kind == "OPERATOR" and node["type"] == "OPERATOR_COALESCE":
        found = {_unit(child, sources) for child in node["children"] if child["class"] != "CONSTANT"}
        return found.pop() if len(found) == 1 else ""
    return ""


def _column(names: list[str], sources: list[tuple[str, Columns]]) -> str:
    column = names[-1].lower()
    if len(names) > 1:
        chosen = [columns for alias, columns in sources if alias == names[-2].lower()]
    else:
        chosen = [columns for _, columns in sources]
        if any(columns is None for columns in chosen):
            return ""
    found = [unit for columns in chosen for name, unit in columns or [] if name == column]
    return found[0] if found and all(unit == found[0] for unit in found) else ""
