# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Random SQL from a grammar that knows where the secret lies, through the real worker: it must never come out.

``ALLMENDE_FUZZ=20000`` runs as many examples instead of the usual few.
"""

from __future__ import annotations

import os
import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allmende.engine.client import Engine
from allmende.engine.errors import Broken
from allmende.engine.plan import Format
from allmende.kernel.errors import Problem

from .conftest import SECRET, Town

EXAMPLES = int(os.environ.get("ALLMENDE_FUZZ", "80"))


def _words(text: str) -> list[str]:
    return text.split()


#: Where rows may come from: permitted, planted, and what only looks like one of them.
PERMITTED = _words("""town.trees town.districts town.counts works.energy Town.TREES "town"."trees" range(3)""")
PLANTED = _words("""trees a b secret t src_counts.secret src_counts.main.secret "src_counts"."secret" main.secret
town.secret secrets memory.town.trees information_schema.tables sqlite_master duckdb_settings pg_catalog.pg_class
'{secret}' "{secret}" read_parquet('{secret}') parquet_scan('{secret}') query('from@src_counts.secret')
query_table('src_counts.secret') sqlite_scan('{folder}/counts.sqlite','secret') duckdb_databases() duckdb_secrets()
sqlite_query('src_counts','from@secret') duckdb_views() read_text('/proc/self/environ') json_each('[1]')
glob('{folder}/*') json_execute_serialized_sql(json_serialize_sql('select@1'))""")
TABLES = PERMITTED * 5 + PLANTED
NAMES = _words("id id id a t species name b pw secret trees town.trees.id a.id a.pw b.id t.x secret.pw *")
PURE = _words("max min count list upper typeof to_json coalesce struct_pack row concat any_value string_agg try")
FUNCTIONS = PURE * 3 + _words("""getenv current_setting getvariable query_table error main.upper main.current_setting
pg_catalog.pg_get_viewdef stats list_transform read_text nextval current_query""")
LITERALS = ["1", "'x'", "null", "true", "'ALLMENDE_PLANTED'", "'memory_limit'", "[1]", "{'k': 1}", "1e3"]
#: The grammar: a word in angle brackets stands for one of its rules; the first rules of each are the ends.
RULES = {
    "value": [
        "<name>", "<literal>", "<function>(<value>)", "<function>(<value>) over (order by <value>)",
        "<function>(<value>) filter (where <value> is null)", "(<query>)", "array(<query>)", "exists (<query>)",
        "<value> in (<query>)", "<value> = any (<query>)", "case when <value> then <value> else <value> end",
        "cast(<value> as <type>)", "list_transform([1], lambda x: <value>)", "[x for x in <value>]", "{'k': <value>}",
        "(<value>).k", "(<value>).upper()", "columns(c -> <value>)", "* replace (<value> as id)", "<value> || <value>",
        "<value> collate nocase", "<value>[1]", "(<value>, <value>)", "try(<value>)",
    ],
    "type": ["varchar", "int", "json", "town.x", "text[]"],
    "alias": ["", " a", " b", " secret", " t(x)", " as trees"],
    "table": [
        "<source><alias>", "<source><alias>", "(<query>)<alias>", "lateral (<query>)<alias>",
        "(values (<value>))<alias>", "<table>, <table>", "<table> natural join <table>",
        "<table> positional join <table>", "<table> join <table> on <value>",
        "<table> semi join <table> using (<name>)",
        "(pivot <table> on id in (1) using max(<value>))",
        "(unpivot <table> on id into name k value v)",
        "(describe <source>)", "(summarize <source>)", "(show <source>)", "unnest(<value>) u(x)", "range(<value>) r(x)",
        "<source> at (version => 1)", "<source> tablesample 10%",
    ],
    "select": [
        "select <value> from <table>", "from <table>", "select <value>, <value> from <table> where <value>",
        "from <table> select <value> group by all having <value>",
        "select <value> from <table> order by <value> limit (<value>)", "select <value> from <table> qualify <value>",
        "select distinct on (<value>) <value> from <table>", "select <value> group by grouping sets ((<value>), ())",
    ],
    "query": [
        "<select>", "<select>", "<select> union all <select>", "<select> union by name <select>",
        "with <cte> as (<query>) <select>", "with a as (<query>), b as materialized (<query>) <select>",
        "with recursive a(x) as (<select> union <select>) <select>", "(<query>) intersect (<query>)",
    ],
    "cte": ["a", "secret", "trees", "a(id)", "b", "src_counts"],
    "source": TABLES, "name": NAMES, "function": FUNCTIONS, "literal": LITERALS,
}  # fmt: skip


@st.composite
def statements(draw: st.DrawFn) -> str:
    budget = draw(st.integers(3, 30))

    def grow(match: re.Match[str]) -> str:
        nonlocal budget
        budget -= 1
        rules = RULES[match.group(1)]
        choice = draw(st.integers(0, len(rules) - 1 if budget > 0 else min(1, len(rules) - 1)))
        return re.sub(r"<(\w+)>", grow, rules[choice])

    return grow(re.match(r"<(\w+)>", "<query>"))  # type: ignore[arg-type]


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize="ALLMENDE_FUZZ" not in os.environ,
)
@given(sql=statements())
def test_the_secret_never_comes_out(engine: Engine, town: Town, sql: str) -> None:
    sql = sql.replace("{secret}", town.secret_path).replace("{folder}", str(town.folder)).replace("@", " ")
    said = ""
    try:
        with engine.blocking("town") as question:
            parsed = question.parse(sql)
            assert set(parsed.tables) <= {(a, b) for a, b in parsed.tables if a and b}
            head, chunks = question.run(town.plan(sql, tuple(town.tables), Format.JSON, seconds=5))
            said = f"{parsed}{head}{b''.join(chunks).decode()}"
    except Broken:
        raise
    except Problem as problem:
        said = str(problem.document())
    assert SECRET not in said
    assert "ALLMENDE_PLANTED=" not in said
