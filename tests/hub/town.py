# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The town's systems, each a real one: files, SQLite, a second PostgreSQL database, MariaDB, an HTTP service."""

from __future__ import annotations

import json
import shutil
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import msgspec
import psycopg
import pyarrow as pa
import pyarrow.parquet
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import connection as django
from psycopg import sql

from allmende.engine import connection as file
from allmende.hub import door
from allmende.hub.terms import Connected, ConnectionDraft
from allmende.rights.terms import OPERATOR
from tests.hub.live import Hub, free_port

TREES = "id;art;hoehe;bezirk\n1;Linde;12,5;Nord\n2;Eiche;20,0;Süd\n3;Linde;;Nord\n4;Ahorn;7,25;West\n"
COUNTS = [(1, "Nord", 120), (2, "Süd", 80), (3, "Nord", 40)]
RESIDENTS = [("Nord", "0-9", 130), ("Nord", "10-19", 120), ("Süd", "0-9", 90)]


def connection_file(
    slug: str,
    source: dict[str, Any],
    datasets: dict[str, dict[str, Any]],
    *,
    unit: str = "environment",
    release: dict[str, Any] | None = None,
) -> file.Connection:
    """Return a connection file. ``datasets``: by slug, ``read``, ``fields`` and what replaces the usual entry."""
    listed = []
    for name, given in datasets.items():
        mapping = {key: given[key] for key in ("read", "fields", "steps") if key in given}
        entry = {
            "title": {"de": name, "en": name},
            "description": {"de": name, "en": name},
            "unit": unit,
            "class": "internal",
            "purposes": ["statistics"],
            "licence": "http://dcat-ap.de/def/licenses/dl-by-de/2.0",
            "attribution": "Stadt Auenstadt",
            **{k: v for k, v in given.items() if k not in {"read", "fields", "steps", "fetch"}},
        }
        listed.append(
            {"slug": name, "catalogue": entry, "mapping": mapping} | {k: given[k] for k in ("fetch",) if k in given}
        )
    plain = {
        "allmende": 1,
        "slug": slug,
        "version": "1.0.0",
        "system": {"slug": slug, "title": {"de": slug, "en": slug}, "unit": unit},
        "source": source,
        "datasets": listed,
    }
    if release is not None:
        plain["release"] = release
    return msgspec.convert(plain, file.Connection)


def fields(**types: str) -> list[dict[str, Any]]:
    """Return fields of a mapping by name and type."""
    return [{"name": name, "type": kind} for name, kind in types.items()]


def connect(hub: Hub, given: file.Connection, *, root: Path | None = None, secret: str = "") -> Connected:
    """Connect as the operator, in the hub's town, after the folder was allowed."""
    if root is not None:
        door.allow_address(OPERATOR, tenant=hub.town.slug, place=str(root), reason="Test")
    draft = ConnectionDraft(file=given, root=str(root) if root else "", secret=secret)
    return door.connect(OPERATOR, draft, tenant=hub.town.slug)


def trees(folder: Path, slug: str = "trees", **entry: Any) -> file.Connection:
    """Write the trees as a German CSV file; return its connection."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{slug}.csv").write_text(TREES, encoding="iso-8859-1")
    return connection_file(
        slug,
        {"kind": "files"},
        {
            slug: {
                "read": {"kind": "csv", "files": f"{slug}*.csv", "separator": ";", "encoding": "iso-8859-1"},
                "fields": [
                    {"name": "id", "type": "integer", "required": True},
                    {"name": "art"},
                    {"name": "hoehe", "type": "number", "decimal": ",", "unit": "m"},
                    {"name": "bezirk"},
                ],
                **entry,
            }
        },
    )


def energy(folder: Path) -> file.Connection:
    """Write energy data as Parquet; return their connection."""
    folder.mkdir(parents=True, exist_ok=True)
    table = pa.table({"bezirk": ["Nord", "Süd"], "kwh": pa.array([1500, 900], pa.int64())})
    pyarrow.parquet.write_table(table, folder / "energy.parquet")
    given = {"read": {"kind": "parquet", "files": "energy.parquet"}, "fields": fields(bezirk="text", kwh="integer")}
    return connection_file("energy", {"kind": "files"}, {"energy": given})


def residents(folder: Path) -> file.Connection:
    """Write residents into an SQLite file; return their connection."""
    folder.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(folder / "residents.sqlite") as base:
        base.execute("create table einwohner (bezirk text, alter_ text, anzahl integer)")
        base.executemany("insert into einwohner values (?, ?, ?)", RESIDENTS)
    base.close()
    given = {
        "read": {"kind": "table", "table": "einwohner"},
        "fields": fields(bezirk="text", alter_="text", anzahl="integer"),
    }
    return connection_file("residents", {"kind": "sqlite", "file": "residents.sqlite"}, {"residents": given})


def server_of_tests() -> dict[str, Any]:
    """Return where the tests' PostgreSQL is and who may make databases in it."""
    given = django.settings_dict
    return {
        "host": given["HOST"] or None,
        "port": given["PORT"] or None,
        "user": given["USER"] or None,
        "password": given["PASSWORD"] or None,
    }


@contextmanager
def traffic_database(name: str = "allmende_test_traffic", password: str = "zählen'\\ x") -> Iterator[dict[str, Any]]:
    """A second PostgreSQL database with a role that may read one table; yield where it is."""
    where = server_of_tests()
    with psycopg.connect(**where, dbname="postgres", autocommit=True) as admin:
        admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
        admin.execute(sql.SQL("drop role if exists {}").format(sql.Identifier(name)))
        admin.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        role = sql.SQL("create role {} login password {}")
        admin.execute(role.format(sql.Identifier(name), sql.Literal(password)))
        admin.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(name)))  # to end its sessions
        try:
            with psycopg.connect(**where, dbname=name, autocommit=True) as base:
                base.execute("create table zaehlung (id integer primary key, bezirk text, anzahl integer)")
                base.cursor().executemany("insert into zaehlung values (%s, %s, %s)", COUNTS)
                base.execute("create table geheim as select 'planted' as wort")
                base.execute("create view langsam as select 1 as id, pg_sleep(600)::text as schlaf")
                for table in ("zaehlung", "langsam"):
                    base.execute(
                        sql.SQL("grant select on {} to {}").format(sql.Identifier(table), sql.Identifier(name))
                    )
            host = where["host"] or "localhost"
            yield {
                "host": host,
                "port": int(where["port"] or 5432),
                "database": name,
                "user": name,
                "password": password,
            }
        finally:
            admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
            admin.execute(sql.SQL("drop role if exists {}").format(sql.Identifier(name)))


def traffic(at: dict[str, Any], slug: str = "traffic", table: str = "zaehlung", **changed: Any) -> file.Connection:
    """Return the connection to the traffic counts."""
    source = {"kind": "postgres", "sslmode": "disable", "secret": "traffic"}
    source |= {key: at[key] for key in ("host", "port", "database", "user")} | changed
    names = (
        fields(id="integer", bezirk="text", anzahl="integer")
        if table == "zaehlung"
        else fields(id="integer", schlaf="text")
    )
    return connection_file(
        slug, source, {slug: {"read": {"kind": "table", "table": table, "schema": "public"}, "fields": names}}
    )


def certificate(folder: Path) -> str:
    """Write a key and a certificate it has signed itself, ``key.pem`` and ``cert.pem``; return the certificate (PEM)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "silo.auenstadt.example")])
    today = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(today - timedelta(days=1)).not_valid_after(today + timedelta(days=1))
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    pem = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    (folder / "cert.pem").write_bytes(pem)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    return pem.decode()


@contextmanager
def mariadb(folder: Path) -> Iterator[dict[str, Any]]:
    """A MariaDB server of our own on a loopback port; yield where it is, and what issued its certificate (``ca``).

    ``leser`` may come as he likes, ``sicher`` only over TLS.
    """
    install, daemon = shutil.which("mariadb-install-db"), shutil.which("mariadbd")
    if install is None or daemon is None:
        raise FileNotFoundError("mariadbd")
    data, port = folder / "data", free_port()
    ca = certificate(folder)
    common = [f"--datadir={data}", "--no-defaults"]
    subprocess.run(
        [install, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal", "--user=root"],
        check=True,
        capture_output=True,
    )
    start = folder / "start.sql"
    start.write_text(
        "create database silo; create user leser@'127.0.0.1' identified by 'lesen'; "
        "create table silo.baustellen (id integer primary key, bezirk varchar(50), tage integer) charset utf8mb4; "
        "insert into silo.baustellen values (1, 'Nord', 10), (2, 'Süd', 30); "
        "grant select on silo.baustellen to leser@'127.0.0.1'; "
        "create user sicher@'127.0.0.1' identified by 'lesen' require ssl; "
        "grant select on silo.baustellen to sicher@'127.0.0.1'; flush privileges;".replace("; ", ";\n")
    )
    process = subprocess.Popen(
        [daemon, common[1], common[0], "--bind-address=127.0.0.1", f"--port={port}", f"--socket={folder}/m.sock",
         f"--ssl-cert={folder}/cert.pem", f"--ssl-key={folder}/key.pem",
         "--user=root", f"--init-file={start}", "--character-set-server=utf8mb4", "--innodb-buffer-pool-size=16M"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(lambda: socket.create_connection(("127.0.0.1", port), 1).close())
        yield {"host": "127.0.0.1", "port": port, "database": "silo", "user": "leser", "password": "lesen", "ca": ca}
    finally:
        process.terminate()
        process.wait(30)


def wait_for(probe: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            probe()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


class Service:
    """A small HTTP service; ``answers`` are by path, a value of str redirects there, of int is a status."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[tuple[str, str | None]] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                service.asked.append((self.path, self.headers.get("Authorization")))
                answer = service.answers.get(self.path, 404)
                body = b""
                if isinstance(answer, str):
                    self.send_response(302)
                    self.send_header("Location", answer)
                elif isinstance(answer, int):
                    self.send_response(answer)
                else:
                    body = json.dumps(answer).encode()
                    self.send_response(200)
                    self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def events(service: Service, slug: str = "events", path: str = "/events", every: int = 60) -> file.Connection:
    """Return the connection to the events of an HTTP service."""
    given = {
        "read": {"kind": "json", "files": "*.jsonl", "lines": True, "columns": ["titel", "bezirk"]},
        "fields": fields(titel="text", bezirk="text"),
        "fetch": {"path": path, "records": "/items"},
    }
    source = {"kind": "http", "url": service.url, "secret": "key", "every_seconds": every}
    return connection_file(slug, source, {slug: given})
