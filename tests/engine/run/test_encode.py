# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Answers are exact in each format, and carry units."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pa_parquet
import pytest

from allmende.engine.client import Engine
from allmende.engine.plan import Field, Format, Plan

from .conftest import Town


def ask(engine: Engine, town: Town, sql: str, form: Format, **more: Any) -> tuple[tuple[Field, ...], bytes]:
    with engine.blocking("town") as question:
        plan = town.plan(sql, question.parse(sql).tables, form)
        head, chunks = question.run(Plan(sql=sql, tables=plan.tables, format=form, **more))
        return head.fields, b"".join(chunks)


VALUES = {
    "1::tinyint": ("1", "1"),
    "170141183460469231731687303715884105727::hugeint": ("170141183460469231731687303715884105727",) * 2,
    "18446744073709551615::ubigint": ("18446744073709551615",) * 2,
    "1.10::decimal(10,2)": ("1.1", "1.10"),
    "123456789012345.678::decimal(18,3)": ("123456789012345.678",) * 2,
    "{'a': 1234567890123456789.123::decimal(30,3), 'b': 'nan'::double}": (
        '{"a":1234567890123456789.123,"b":null}',
        '"{""a"":1234567890123456789.123,""b"":null}"',
    ),
    "row(1, 2.5::double)": ('{"":1,"":2.5}', '"{"""":1,"""":2.5}"'),
    "1234567890123456789.123::decimal(30,3)": ("1234567890123456789.123",) * 2,
    "0.1::double": ("0.1", "0.1"),
    "0.1::float": ("0.1", "0.1"),
    "'nan'::double": ("null", "nan"),
    "'inf'::float": ("null", "inf"),
    "null": ("null", ""),
    "true": ("true", "true"),
    "'a\"b'": (r'"a\"b"', '"a""b"'),
    "''": ('""', '""'),
    "date '2021-01-02'": ('"2021-01-02"', "2021-01-02"),
    "time '01:02:03'": ('"01:02:03"', "01:02:03.000000"),
    "timestamp '2021-01-02 03:04:05.5'": ('"2021-01-02T03:04:05.5"', '"2021-01-02T03:04:05.5"'),
    "timestamptz '2021-06-01 12:00:00+02'": ('"2021-06-01T10:00:00Z"', '"2021-06-01T10:00:00Z"'),
    "'ab'::blob": ('"YWI="', '"YWI="'),
    "st_point(7.5, 51.9)": ('{"type":"Point","coordinates":[7.5,51.9]}', '"POINT (7.5 51.9)"'),
    "[1.5::double, 'nan'::double]": ("[1.5,null]", '"[1.5,null]"'),
    "{'a': timestamp '2021-01-02 03:04:05', 'b': [1.10::decimal(5,2)]}": (
        '{"a":"2021-01-02T03:04:05","b":[1.1]}',
        '"{""a"":""2021-01-02T03:04:05"",""b"":[1.1]}"',
    ),
    "null::struct(a double)": ("null", ""),
    "map {'k': 'nan'::double}": ('{"k":null}', '"{""k"":null}"'),
    "map {1: 'x'}": ('{"1":"x"}', '"{""1"":""x""}"'),
    "'{\"x\": [1]}'::json": ('{"x":[1]}', '"{""x"": [1]}"'),
    "'a'::enum('a', 'b')": ('"a"', '"a"'),
    "interval 3 day": ('"3 days"', '"3 days"'),
    "'101'::bit": ('"101"', '"101"'),
    "'8d2e0f6e-5b5c-4b8a-9d8b-0a0a0a0a0a0a'::uuid": ('"8d2e0f6e-5b5c-4b8a-9d8b-0a0a0a0a0a0a"',) * 2,
    "[[1, 2], null]": ("[[1,2],null]", '"[[1,2],null]"'),
    "[1.5, 2]::double[2]": ("[1.5,2.0]", '"[1.5,2.0]"'),
}


@pytest.mark.parametrize("value", VALUES)
def test_a_value_is_written_exactly(engine: Engine, town: Town, value: str) -> None:
    as_json, as_csv = VALUES[value]
    _, rows = ask(engine, town, f"select {value} as v", Format.JSON)
    assert rows.decode() == f"[\n[{as_json}]\n]"
    json.loads(rows)
    _, lines = ask(engine, town, f"select {value} as v, 1 as w", Format.CSV)
    assert lines.decode() == f'"v","w"\n{as_csv},1\n'


def test_every_type_goes_through_every_format(engine: Engine, town: Town) -> None:
    sql = "select " + ", ".join(f"{value} as v{place}" for place, value in enumerate(VALUES))
    for form in Format:
        fields, answer = ask(engine, town, sql, form)
        assert len(fields) == len(VALUES)
        assert answer


def test_no_rows_are_an_answer_too(engine: Engine, town: Town) -> None:
    sql = "select id, height from town.trees where id < 0"
    assert ask(engine, town, sql, Format.JSON)[1] == b"[]"
    assert ask(engine, town, sql, Format.CSV)[1] == b'"id","height"\n'
    assert pa.ipc.open_stream(ask(engine, town, sql, Format.ARROW)[1]).read_all().num_rows == 0
    assert pa_parquet.read_table(io.BytesIO(ask(engine, town, sql, Format.PARQUET)[1])).num_rows == 0


def test_all_formats_tell_the_same_in_order(engine: Engine, town: Town) -> None:
    sql = "select i, 'text ' || i as t, (i / 4)::decimal(12, 2) as d from range(300000) r(i)"
    rows = json.loads(ask(engine, town, sql, Format.JSON)[1], parse_float=Decimal)
    table = list(csv.reader(io.StringIO(ask(engine, town, sql, Format.CSV)[1].decode())))
    arrow = pa.ipc.open_stream(ask(engine, town, sql, Format.ARROW)[1]).read_all()
    parquet = pa_parquet.read_table(io.BytesIO(ask(engine, town, sql, Format.PARQUET)[1]))
    assert len(rows) == 300_000
    assert [row[0] for row in rows] == list(range(300_000))
    assert [[str(one) for one in row[:2]] for row in rows] == [line[:2] for line in table[1:]]
    assert [row[2] for row in rows] == [Decimal(line[2]) for line in table[1:]]
    assert arrow.column("d").to_pylist() == [row[2] for row in rows]
    assert parquet.equals(arrow.replace_schema_metadata(None)) or parquet.to_pylist() == arrow.to_pylist()


def test_a_preview_is_bounded(engine: Engine, town: Town) -> None:
    assert json.loads(ask(engine, town, "select id from town.trees order by id", Format.JSON, rows=3)[1]) == [
        [1],
        [2],
        [3],
    ]


def test_metadata_and_units_travel_with_arrow_and_parquet(engine: Engine, town: Town) -> None:
    sql = "select max(height) as top, species from town.trees group by all"
    metadata = {"provenance": "Baumkataster"}
    arrow = pa.ipc.open_stream(ask(engine, town, sql, Format.ARROW, metadata=metadata)[1]).schema
    parquet = pa_parquet.read_schema(io.BytesIO(ask(engine, town, sql, Format.PARQUET, metadata=metadata)[1]))
    for schema in (arrow, parquet):
        assert schema.metadata[b"provenance"] == b"Baumkataster"
        assert schema.field("top").metadata[b"unit"] == b"m"


UNITS = {
    "select height from town.trees": ["m"],
    "select avg(height), min(height), max(height), sum(height), count(height) from town.trees": [
        "m",
        "m",
        "m",
        "m",
        "",
    ],
    "select t.height as h, town.trees.height from town.trees t, town.trees": ["m", "m"],
    "select height * 2, height || 'x', height > 3 from town.trees": ["", "", ""],
    "select * from town.counts": ["", "", "1"],
    "select c.*, e.kwh from town.counts c, works.energy e": ["", "", "1", "kWh"],
    "select * exclude (station) from town.counts": ["", "1"],
    "with a as (select height as h from town.trees) select max(h) from a": ["m"],
    "select x from (select kwh from works.energy) e(x)": ["kWh"],
    "select kwh from works.energy union all select kwh from works.energy": ["kWh"],
    "select kwh from works.energy union all select height from town.trees": [""],
    "select lag(kwh) over (order by day), row_number() over () from works.energy": ["kWh", ""],
    "select coalesce(kwh, 0), round(kwh, 1), cast(kwh as double) from works.energy": ["kWh", "kWh", "kWh"],
    "select * from town.counts join (select 'Ost' as station) using (station)": ["", "", ""],
    "with recursive r as (select 1 as kwh union all select kwh + 1 from r where kwh < 3) select kwh from r": [""],
    "select kwh from (select 1 as kwh) x": [""],
}


@pytest.mark.parametrize("sql", UNITS)
def test_units_follow_plain_columns_and_never_guess(engine: Engine, town: Town, sql: str) -> None:
    fields, _ = ask(engine, town, sql, Format.JSON)
    assert [field.unit for field in fields] == UNITS[sql]
