# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The grammar of DuckDB 1.5.5's serialised SQL tree, as far as questions may use it.

``json_serialize_sql`` gives the tree the parser built; what is described here is walked in full, what is not described
(a node, a key, a value of a key) is refused. The tables below are the whole of it.
"""

from __future__ import annotations

from typing import Final

#: Kinds of a key's value: how it is walked.
EXPRESSION, OPTIONAL, EXPRESSIONS = "expression", "expression or null", "expressions"
TEXT, TEXTS, FLAG, NUMBER, NONE, EMPTY = "text", "texts", "flag", "number", "null", "empty list"
QUERY, ORDERS, ORDER_MODIFIER, VALUE, TYPE, CASES = "query", "orders", "order modifier", "value", "type", "cases"
REPLACED, RENAMED, QUALIFIED = "replaced columns", "renamed columns", "qualified columns"

#: Keys every expression has.
COMMON: Final = {"class": TEXT, "type": TEXT, "alias": TEXT, "query_location": NUMBER}

#: Expression classes: allowed types of the class, and its keys.
EXPRESSION_CLASSES: Final[dict[str, tuple[frozenset[str], dict[str, str]]]] = {
    "BETWEEN": (
        frozenset({"COMPARE_BETWEEN", "COMPARE_NOT_BETWEEN"}),
        {"input": EXPRESSION, "lower": EXPRESSION, "upper": EXPRESSION},
    ),
    "CASE": (frozenset({"CASE_EXPR"}), {"case_checks": CASES, "else_expr": EXPRESSION}),
    "CAST": (frozenset({"OPERATOR_CAST"}), {"child": EXPRESSION, "cast_type": TYPE, "try_cast": FLAG}),
    "COLLATE": (frozenset({"COLLATE"}), {"child": EXPRESSION, "collation": TEXT}),
    "COLUMN_REF": (frozenset({"COLUMN_REF"}), {"column_names": TEXTS}),
    "COMPARISON": (
        frozenset(
            {
                "COMPARE_EQUAL", "COMPARE_NOTEQUAL", "COMPARE_LESSTHAN", "COMPARE_GREATERTHAN",
                "COMPARE_LESSTHANOREQUALTO", "COMPARE_GREATERTHANOREQUALTO", "COMPARE_DISTINCT_FROM",
                "COMPARE_NOT_DISTINCT_FROM",
            }
        ),
        {"left": EXPRESSION, "right": EXPRESSION},
    ),
    "CONJUNCTION": (frozenset({"CONJUNCTION_AND", "CONJUNCTION_OR"}), {"children": EXPRESSIONS}),
    "CONSTANT": (frozenset({"VALUE_CONSTANT"}), {"value": VALUE}),
    "FUNCTION": (
        frozenset({"FUNCTION"}),
        {
            "function_name": TEXT, "schema": TEXT, "catalog": TEXT, "children": EXPRESSIONS, "filter": OPTIONAL,
            "order_bys": ORDER_MODIFIER, "distinct": FLAG, "is_operator": FLAG, "export_state": FLAG,
        },
    ),
    "LAMBDA": (frozenset({"LAMBDA"}), {"lhs": EXPRESSION, "expr": EXPRESSION}),
    "OPERATOR": (
        frozenset(
            {
                "ARRAY_CONSTRUCTOR", "ARRAY_EXTRACT", "ARRAY_SLICE", "COMPARE_IN", "COMPARE_NOT_IN",
                "GROUPING_FUNCTION", "OPERATOR_COALESCE", "OPERATOR_IS_NOT_NULL", "OPERATOR_IS_NULL", "OPERATOR_NOT",
                "OPERATOR_NULLIF", "OPERATOR_TRY", "OPERATOR_UNPACK", "STRUCT_EXTRACT",
            }
        ),
        {"children": EXPRESSIONS},
    ),
    "POSITIONAL_REFERENCE": (frozenset({"POSITIONAL_REFERENCE"}), {"index": NUMBER}),
    "STAR": (
        frozenset({"STAR"}),
        {
            "relation_name": TEXT, "exclude_list": TEXTS, "replace_list": REPLACED, "columns": FLAG, "expr": OPTIONAL,
            "qualified_exclude_list": QUALIFIED, "rename_list": RENAMED,
        },
    ),
    "SUBQUERY": (
        frozenset({"SUBQUERY"}),
        {"subquery_type": TEXT, "subquery": QUERY, "child": OPTIONAL, "comparison_type": TEXT},
    ),
    "WINDOW": (
        frozenset(
            {
                "WINDOW_AGGREGATE", "WINDOW_CUME_DIST", "WINDOW_FILL", "WINDOW_FIRST_VALUE", "WINDOW_LAG",
                "WINDOW_LAST_VALUE", "WINDOW_LEAD", "WINDOW_NTH_VALUE", "WINDOW_NTILE", "WINDOW_PERCENT_RANK",
                "WINDOW_RANK", "WINDOW_RANK_DENSE", "WINDOW_ROW_NUMBER",
            }
        ),
        {
            "function_name": TEXT, "schema": TEXT, "catalog": TEXT, "children": EXPRESSIONS,
            "partitions": EXPRESSIONS, "orders": ORDERS, "start": TEXT, "end": TEXT, "start_expr": OPTIONAL,
            "end_expr": OPTIONAL, "offset_expr": OPTIONAL, "default_expr": OPTIONAL, "ignore_nulls": FLAG,
            "filter_expr": OPTIONAL, "exclude_clause": TEXT, "distinct": FLAG, "arg_orders": ORDERS,
        },
    ),
}  # fmt: skip

_JOINS = frozenset({"INNER", "LEFT", "RIGHT", "FULL", "SEMI", "ANTI"})
_EDGES = frozenset(
    {"UNBOUNDED_PRECEDING", "UNBOUNDED_FOLLOWING"}
    | {f"CURRENT_ROW_{unit}" for unit in ("ROWS", "RANGE", "GROUPS")}
    | {f"EXPR_{way}_{unit}" for way in ("PRECEDING", "FOLLOWING") for unit in ("ROWS", "RANGE", "GROUPS")}
)
#: Text keys that hold a word of DuckDB's, not one of the asker's: the words allowed.
WORDS: Final[dict[str, frozenset[str]]] = {
    "aggregate_handling": frozenset({"STANDARD_HANDLING", "FORCE_AGGREGATES", "NO_AGGREGATES_ALLOWED"}),
    "comparison_type": EXPRESSION_CLASSES["COMPARISON"][0] | {"INVALID"},
    "end": _EDGES,
    "exclude_clause": frozenset({"NO_OTHER", "CURRENT_ROW", "GROUP", "TIES"}),
    "join_type": _JOINS,
    "materialized": frozenset(
        {"CTE_MATERIALIZE_DEFAULT", "CTE_MATERIALIZE_ALWAYS", "CTE_MATERIALIZE_NEVER"}
    ),
    "method": frozenset({"System", "Bernoulli", "Reservoir"}),
    "null_order": frozenset({"ORDER_DEFAULT", "NULLS FIRST", "NULLS LAST"}),
    "ref_type": frozenset({"REGULAR", "NATURAL", "CROSS", "POSITIONAL", "ASOF", "DEPENDENT"}),
    "setop_type": frozenset({"UNION", "UNION_BY_NAME", "EXCEPT", "INTERSECT"}),
    "start": _EDGES,
    "subquery_type": frozenset({"SCALAR", "EXISTS", "NOT_EXISTS", "ANY"}),
    "with_ordinality": frozenset({"WITHOUT_ORDINALITY", "WITH_ORDINALITY"}),
}  # fmt: skip

#: Keys of the nodes that make up a query.
SELECT_NODE: Final = frozenset(
    {
        "type", "modifiers", "cte_map", "select_list", "from_table", "where_clause", "group_expressions", "group_sets",
        "aggregate_handling", "having", "sample", "qualify",
    }
)  # fmt: skip
SET_OPERATION_NODE: Final = frozenset({"type", "modifiers", "cte_map", "setop_type", "left", "right", "setop_all"})
#: Where more than two sides are joined by the same word the tree may also list them.
RECURSIVE_CTE_NODE: Final = frozenset(
    {"type", "modifiers", "cte_map", "cte_name", "union_all", "left", "right", "aliases", "key_targets"}
)
CTE: Final = frozenset({"aliases", "query", "materialized", "key_targets"})
STATEMENT: Final = frozenset({"node", "named_param_map"})

_REF = frozenset({"type", "alias", "sample", "query_location"})
#: Table references, by type: the keys beside those all have.
TABLE_REFS: Final[dict[str, frozenset[str]]] = {
    "BASE_TABLE": _REF | {"schema_name", "table_name", "column_name_alias", "catalog_name", "at_clause"},
    "EMPTY": _REF,
    "EXPRESSION_LIST": _REF | {"expected_names", "expected_types", "values"},
    "JOIN": _REF
    | {
        "left", "right", "condition", "join_type", "ref_type", "using_columns", "delim_flipped",
        "duplicate_eliminated_columns",
    },
    "PIVOT": _REF
    | {
        "source", "aggregates", "unpivot_names", "pivots", "groups", "column_name_alias", "include_nulls",
    },
    "SUBQUERY": _REF | {"subquery", "column_name_alias"},
    "TABLE_FUNCTION": _REF | {"function", "column_name_alias", "with_ordinality"},
}  # fmt: skip
PIVOT_COLUMN: Final = frozenset({"pivot_expressions", "unpivot_names", "entries", "pivot_enum"})
PIVOT_ENTRY: Final = frozenset({"values", "star_expr", "alias"})
SAMPLE: Final = frozenset({"sample_size", "is_percentage", "method", "seed"})

#: Types with more to say: their keys beside ``type``, ``alias`` and ``extension_info``.
TYPE_INFOS: Final[dict[str, frozenset[str]]] = {
    "ARRAY_TYPE_INFO": frozenset({"child_type", "size"}),
    "DECIMAL_TYPE_INFO": frozenset({"width", "scale"}),
    "GENERIC_TYPE_INFO": frozenset(),
    "LIST_TYPE_INFO": frozenset({"child_type"}),
    "STRUCT_TYPE_INFO": frozenset({"child_types"}),
    "UNBOUND_TYPE_INFO": frozenset({"name", "catalog", "schema", "user_type_modifiers"}),
}
