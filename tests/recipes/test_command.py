# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""``allmende recipe`` on a machine of its own: from an empty installation to rows, and on to another town."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from allmende.engine import recipes
from allmende.recipes import door

ABOUT = """
name = "zaehler_auenstadt"
version = "1.1"
title = { de = "Zählstellen", en = "Counters" }
text = { de = "Stundenwerte.", en = "Hourly values." }
licence = "http://dcat-ap.de/def/licenses/cc-zero"
procedure = { name = "Zählstellen", export = { de = "CSV", en = "CSV" } }
release = { proposal = "open", why = { de = "Zählungen.", en = "Counts." } }
"""


@pytest.mark.slow
def test_from_an_empty_installation(postgres_url: str, tmp_path: Path) -> None:
    import psycopg

    name = f"allmende_recipe_{os.getpid()}"
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        try:
            _journey(psycopg.conninfo.make_conninfo(postgres_url, dbname=name), tmp_path)
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _journey(dsn: str, folder: Path) -> None:
    parts = psycopg_url(dsn)
    surroundings = os.environ | {
        "ALLMENDE_DATA": str(folder / "data"), "DATABASE_URL": parts, "PYTHONPATH": os.pathsep.join(sys.path),
        "DJANGO_SETTINGS_MODULE": "allmende.config.settings",
    }  # fmt: skip

    def run(*words: str, code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "allmende.config", *words],
            check=False,
            env=surroundings,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    run("connect", str(town_file(folder)), "--data", str(folder), "--tenant", "auenstadt")
    assert "ratsvorlagen 1.0.0" in run("recipe", "list", "oparl", "--version", "1.1", "--tenant", "auenstadt")
    assert run("recipe", "list", "einhorn", "--tenant", "auenstadt", code=1) == ""
    sample = run("recipe", "sample", "zaehlstellen", str(folder / "listen"), "--other").strip()
    using = ("recipe", "import", "zaehlstellen", "--tenant", "auenstadt", "--unit", "tiefbau", "--data", sample)
    assert "Spalte fehlt / column is missing: Zählstelle" in run(*using, "--try", code=1)
    assert "Ohne diese Spalten geht es nicht: zaehlstellen: Zählstelle" in run(*using, code=1)
    said = run(*using, "--column", "Zählstelle=Messstelle")
    assert "auenstadt.zaehlstellen" in said and "von/of 8 Prüfungen bestanden" in said
    (folder / "about.toml").write_text(ABOUT, "utf-8")
    out = folder / "z.rezept.toml"
    run(
        "recipe",
        "export",
        "zaehlstellen",
        "--tenant",
        "auenstadt",
        "--about",
        str(folder / "about.toml"),
        "--out",
        str(out),
    )
    assert "Unverändert, unterschrieben von" in run("recipe", "verify", str(out))
    assert recipes.opened(out.read_text("utf-8")).key in run("recipe", "key")
    run("recipe", "deviations", "zaehlstellen", "--tenant", "auenstadt", "--out", str(folder / "z.abweichung.toml"))
    assert "zaehlstellen" in run("recipe", "receive", str(folder / "z.abweichung.toml"), "--tenant", "auenstadt")
    changed = out.read_text("utf-8").replace("Stundenwerte", "Tageswerte")
    out.write_text(changed, "utf-8")
    assert "nach der Unterschrift verändert" in run("recipe", "verify", str(out), code=1)
    assert "nach der Unterschrift verändert" in run(
        "recipe", "import", str(out), "--tenant", "auenstadt", "--unit", "tiefbau", "--data", sample, code=1
    )
    assert "Es gibt keine Anbindung" in run("recipe", "deviations", "fehlt", "--tenant", "auenstadt", code=1)
    assert "keine Beispieldatei" in run("recipe", "sample", "fehlt", str(folder), code=1)


def town_file(folder: Path) -> Path:
    """Write a first connection, which makes the town and its office."""
    (folder / "a.csv").write_text("nr\n1\n", "utf-8")
    path = folder / "start.toml"
    path.write_text(
        """allmende = 1
slug = "start"
version = "1"
system = { slug = "start", title = { de = "Start", en = "Start" }, unit = "tiefbau" }
source = { kind = "files" }
units = [{ slug = "tiefbau", title = { de = "Tiefbauamt", en = "Civil engineering" } }]
[[datasets]]
slug = "start"
catalogue = { title = { de = "S", en = "S" }, description = { de = "S", en = "S" }, unit = "tiefbau", class = "internal" }
mapping = { read = { kind = "csv", files = "a.csv" }, fields = [{ name = "nr" }] }
""",
        "utf-8",
    )
    return path


def psycopg_url(dsn: str) -> str:
    """Return a connection string as the URL the environment wants."""
    from urllib.parse import quote, urlencode

    import psycopg

    given = psycopg.conninfo.conninfo_to_dict(dsn)
    host = str(given.get("host", ""))
    user, password = quote(str(given.get("user", ""))), quote(str(given.get("password", "")))
    where = f"{user}:{password}@" if password else f"{user}@" if user else ""
    if host.startswith("/"):
        port = {"port": given["port"]} if given.get("port") else {}
        return f"postgresql://{where}/{given['dbname']}?{urlencode({'host': host, **port})}"
    return f"postgresql://{where}{host}:{given.get('port', 5432)}/{given['dbname']}"


def test_ten_are_shipped() -> None:
    assert len(door.shipped()) == 10
