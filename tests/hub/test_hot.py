# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The HTTP interface: formats, languages, limits, errors, and what happens when somebody goes away."""

from __future__ import annotations

import csv
import io
import json
import os
import socket
import time
from pathlib import Path

import httpx
import pyarrow as pa
import pyarrow.parquet
import pytest

from allmende.hub.hot import LONGEST_BODY, accepted, preferred_language
from allmende.hub.problems import NotAcceptable
from tests.hub import town
from tests.hub.live import Hub

FORMATS = ["json", "csv", "arrow", "parquet"]


@pytest.fixture(scope="module")
def trees(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("hot")
    town.connect(hub, town.trees(folder, "hot_trees"), root=folder)
    return "auenstadt.hot_trees"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "de"), ("en", "en"), ("en-GB,de;q=0.5", "en"), ("fr, en;q=0.2, de;q=0.3", "de"), ("*", "de"),
        ("fr", "de"), ("en;q=0, de;q=0.1", "de"), ("en;q=x", "de"),
    ],
)  # fmt: skip
def test_the_language_asked_for(header: str, language: str) -> None:
    assert preferred_language(header) == language


@pytest.mark.parametrize(
    ("header", "form"),
    [
        ("", "json"), ("*/*", "json"), ("text/csv", "csv"), ("text/html, text/csv;q=0.5", "csv"),
        ("application/json;q=0.1, application/vnd.apache.parquet", "parquet"),
        ("application/vnd.apache.arrow.stream", "arrow"),
    ],
)  # fmt: skip
def test_the_format_asked_for(header: str, form: str) -> None:
    assert accepted(header) == form


def test_formats_there_are_none_of() -> None:
    with pytest.raises(NotAcceptable):
        accepted("text/html, application/json;q=0")


def table(form: str, raw: bytes) -> list[dict[str, object]]:
    if form == "csv":
        return [
            {"id": int(i), "art": a, "hoehe": float(h) if h else None}
            for i, a, h in list(csv.reader(io.StringIO(raw.decode(), newline="")))[1:]
        ]
    if form == "json":
        body = json.loads(raw)
        return [dict(zip((c["name"] for c in body["columns"]), row, strict=True)) for row in body["rows"]]
    found = pa.ipc.open_stream(raw).read_all() if form == "arrow" else pyarrow.parquet.read_table(io.BytesIO(raw))
    rows: list[dict[str, object]] = found.to_pylist()
    return rows


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_holds_the_same_rows_and_says_where_they_come_from(hub: Hub, trees: str, form: str) -> None:
    answer = hub.ask(f"SELECT id, art, hoehe FROM {trees} ORDER BY id", who="owner", format=form)
    assert answer.status_code == 200
    assert table(form, answer.content) == [
        {"id": 1, "art": "Linde", "hoehe": 12.5},
        {"id": 2, "art": "Eiche", "hoehe": 20.0},
        {"id": 3, "art": "Linde", "hoehe": None},
        {"id": 4, "art": "Ahorn", "hoehe": 7.25},
    ]
    (where,) = json.loads(answer.headers["allmende-provenance"])
    assert (where["name"], where["owner"], where["mode"]) == (trees, "Umweltamt", "direct")
    licence = "http://dcat-ap.de/def/licenses/dl-by-de/2.0"
    assert answer.headers["link"] == (
        f'<https://daten.auenstadt.example/auenstadt/dataset/hot_trees>; rel="describedby", <{licence}>; rel="license"'
    )
    if form in {"arrow", "parquet"}:
        raw = answer.content
        schema = pa.ipc.open_stream(raw).schema if form == "arrow" else pyarrow.parquet.read_schema(io.BytesIO(raw))
        assert json.loads(schema.metadata[b"allmende:provenance"]) == [where]
        assert json.loads(schema.metadata[b"allmende:decision"])["id"] == answer.headers["allmende-decision"]


@pytest.mark.parametrize("form", FORMATS)
def test_an_answer_without_rows_is_a_whole_answer(hub: Hub, trees: str, form: str) -> None:
    answer = hub.ask(f"SELECT id, art, hoehe FROM {trees} WHERE id > 99", who="owner", format=form)
    assert table(form, answer.content) == []


def test_the_accept_header_chooses_the_format(hub: Hub, trees: str) -> None:
    answer = hub.ask(f"SELECT count(*) AS n FROM {trees}", who="owner", headers={"Accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert list(csv.reader(io.StringIO(answer.text, newline=""))) == [["n"], ["4"]]


def test_what_is_no_question_gets_one_clear_answer(hub: Hub) -> None:
    json_type = {"Content-Type": "application/json"}
    cases: list[tuple[int, str, httpx.Response]] = [
        (405, "method-not-allowed", httpx.get(hub.url)),
        (405, "method-not-allowed", httpx.delete(hub.url)),
        (415, "unsupported-media-type", httpx.post(hub.url, content=b"sql=1", headers={"Content-Type": "text/plain"})),
        (413, "too-large", httpx.post(hub.url, content=b" " * (LONGEST_BODY + 1), headers=json_type)),
        (400, "invalid", httpx.post(hub.url, content=b'{"sql": ', headers=json_type)),
        (400, "invalid", httpx.post(hub.url, content=b"[" * 100_000, headers=json_type)),
        (400, "invalid", httpx.post(hub.url, json={"sql": "SELECT 1", "other": 1})),
        (400, "invalid", httpx.post(hub.url, json={"sql": "SELECT 1", "format": "xml"})),
        (400, "invalid", httpx.post(hub.url, content='{"sql": "\xff"}'.encode("latin-1"), headers=json_type)),
        (406, "not-acceptable", httpx.post(hub.url, json={"sql": "SELECT 1"}, headers={"Accept": "text/html"})),
        (401, "unauthenticated", httpx.post(hub.url, json={"sql": "SELECT 1"}, headers={"Authorization": "Bearer x"})),
        (401, "unauthenticated", httpx.post(hub.url, json={"sql": "SELECT 1"}, headers={"Authorization": "Basic x"})),
        (400, "sql-refused", hub.ask("DROP TABLE auenstadt.trees")),
        (400, "sql-refused", hub.ask("SELECT * FROM read_csv('/etc/passwd')")),
        (400, "sql-refused", hub.ask("SELECT 1; SELECT 2")),
        (400, "sql-refused", hub.ask("SELEC 1")),
    ]
    for status, kind, answer in cases:
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["type"] == f"urn:allmende:problem:{kind}"
        assert problem["status"] == status
        assert problem["detail"] and problem["title"]
    assert cases[0][2].headers["allow"] == "POST"
    assert "/api/openapi.json" in cases[0][2].json()["detail"]
    assert httpx.head(hub.url).status_code == 405


def test_errors_speak_the_askers_language(hub: Hub) -> None:
    said = {
        language: hub.ask("SELECT * FROM auenstadt.absent", who="owner", headers={"Accept-Language": language}).json()
        for language in ("de", "en")
    }
    assert said["de"]["detail"] == said["en"]["detail_de"] == "Einen solchen Datensatz gibt es nicht: auenstadt.absent."
    assert said["en"]["title"] == "Not found"


def resident() -> int:
    """Return this process's resident memory in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_a_long_answer_streams_in_constant_memory(hub: Hub) -> None:
    """A hundred megabytes go through the web process without staying in it, to a slow reader too."""
    question = "SELECT i, repeat('x', 100) AS t FROM range(1000000) r(i)"
    body = {"sql": question, "purpose": "", "format": "csv"}
    start, most, size, first = resident(), 0, 0, 0.0
    began = time.monotonic()
    with httpx.stream("POST", hub.url, json=body, timeout=60) as answer:
        for number, piece in enumerate(answer.iter_raw()):
            first = first or time.monotonic() - began
            size += len(piece)
            if number == 3:
                time.sleep(1)
            if number % 50 == 0:
                most = max(most, resident())
    assert size > 100_000_000
    assert first < 1.0
    assert most - start < 60_000_000


def test_a_question_that_breaks_off_has_no_false_end(hub: Hub) -> None:
    """What goes wrong after the first byte ends the connection, not the answer."""
    question = "SELECT i, CAST(CASE WHEN i = 900000 THEN 'x' ELSE '1' END AS INTEGER) AS n FROM range(1000000) r(i)"
    for form in ("csv", "json"):
        body = {"sql": question, "purpose": "", "format": form}
        with (
            pytest.raises(httpx.RemoteProtocolError, match=r"incomplete chunked read|without sending complete"),
            httpx.stream("POST", hub.url, json=body, timeout=60) as answer,
        ):
            assert answer.status_code == 200
            for _ in answer.iter_raw():
                pass


def children(pid: int) -> list[int]:
    return [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]


def at_work() -> int:
    """Return the worker that has used the processor for a while; raises OSError while there is none."""
    brokers = [p for p in children(os.getpid()) if b"allmende.engine.broker" in Path(f"/proc/{p}/cmdline").read_bytes()]
    for worker in (child for broker in brokers for child in children(broker)):
        used = Path(f"/proc/{worker}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
        if sum(map(int, used)) > os.sysconf("SC_CLK_TCK") // 2:
            return worker
    raise OSError("nobody is at work yet")


def test_a_client_that_goes_away_ends_its_worker(hub: Hub) -> None:
    body = json.dumps({"sql": "SELECT count(*) FROM range(1e12::BIGINT) a(i) WHERE i % 7 = 3", "purpose": ""}).encode()
    head = (
        f"POST /api/query HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", hub.web.port)) as client:
        client.sendall(head.encode() + body)
        town.wait_for(at_work)
        worker = at_work()
    town.wait_for(lambda: _assert(not Path(f"/proc/{worker}").exists()), seconds=5)


def _assert(true: bool) -> None:
    if not true:
        raise OSError("not yet")


def test_one_asker_has_so_many_questions_at_once(hub: Hub) -> None:
    """The fourth is told to wait; others are answered all the while."""
    body = json.dumps({"sql": "SELECT count(*) FROM range(1e12::BIGINT) a(i) WHERE i % 7 = 3", "purpose": ""}).encode()
    head = (
        "POST /api/query HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {hub.token('it')}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    held = [socket.create_connection(("127.0.0.1", hub.web.port)) for _ in range(3)]
    try:
        for client in held:
            client.sendall(head + body)
        time.sleep(0.5)
        refused = hub.ask("SELECT 1", who="it")
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        assert hub.rows("SELECT 1") == [[1]]
    finally:
        for client in held:
            client.close()


def test_nothing_of_the_process_is_in_reach_of_a_question(hub: Hub, tmp_path: Path) -> None:
    planted = tmp_path / "planted.csv"
    planted.write_text("secret\n")
    for question in (
        f"SELECT * FROM '{planted}'",
        f"SELECT * FROM read_text('{planted}')",
        "SELECT getenv('DATABASE_URL')",
        "SELECT * FROM duckdb_secrets()",
        "SELECT * FROM postgres_query('source0', 'select 1')",
        "SELECT current_setting('allowed_paths')",
    ):
        answer = hub.ask(question, who="owner")
        assert answer.status_code == 400, answer.text
        assert (os.environ.get("DATABASE_URL") or hub.dsn) not in answer.text
