# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Auenstadt's traffic counting: a PostgreSQL database of its own, with a role that can only read."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import date, datetime

import msgspec
import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from allmende.config.demo import town
from allmende.config.demo.town import MEASURE, STATIONS, YEAR, ZONE, dice
from allmende.kernel.errors import Unready
from allmende.kernel.text import Text

#: Grows when the content changes: a database of an older edition is made anew.
EDITION = "1"

_TABLES = """
create table zaehlstellen (kennung text primary key, name text not null, strasse text not null, stadtteil text not null,
    lon double precision not null, lat double precision not null);
create table zaehlungen (zaehlstelle text not null references zaehlstellen, beginn timestamptz not null, tag date not null,
    kfz integer not null, raeder integer not null, primary key (zaehlstelle, beginn));
create table radwege_app (strasse text not null, monat date not null, fahrten integer not null);
"""


class Login(msgspec.Struct, frozen=True):
    """How the hub reaches the database. ``host`` may be the folder of a Unix socket."""

    host: str
    port: int
    database: str
    user: str
    password: str


def prepare(admin: str, *, database: str = "auenstadt_verkehr", known: Login | None = None) -> Login:
    """Make the database (once) and its reading role, and return how to read it.

    ``known`` is what was returned before; while it still holds it is returned again, else the role gets a new password.
    ``admin`` is the address of a PostgreSQL whose role may make databases and roles. Raises Unready where it may not.
    """
    user, password = f"{database}_leser", secrets.token_urlsafe(24)
    try:
        with psycopg.connect(admin, autocommit=True) as db:
            login = Login(db.info.host or "localhost", db.info.port, database, user, password)
            edition = db.execute(
                "select shobj_description(oid, 'pg_database') from pg_database where datname = %s", (database,)
            ).fetchone()
            if (
                known is not None
                and edition == (EDITION,)
                and msgspec.structs.replace(known, password=password) == login
            ):
                return known
            _role(db, user, password)
            if edition != (EDITION,):
                _make(db, admin, database=database, user=user)
            return login
    except psycopg.errors.InsufficientPrivilege as error:
        raise Unready(
            Text(
                "Die Übungsstadt braucht in PostgreSQL eine Rolle, die Datenbanken und Rollen anlegen darf (CREATEDB, "
                "CREATEROLE). Ohne sie: ALLMENDE_DEMO=0.",
                "The practice town needs a PostgreSQL role that may create databases and roles (CREATEDB, CREATEROLE). "
                "Without one: ALLMENDE_DEMO=0.",
            )
        ) from error


def _role(db: psycopg.Connection, user: str, password: str) -> None:
    verb = "alter" if db.execute("select from pg_roles where rolname = %s", (user,)).rowcount else "create"
    db.execute(sql.SQL(verb + " role {} login connection limit 20 password {}").format(sql.Identifier(user), password))
    db.execute(sql.SQL("alter role {} set default_transaction_read_only = on").format(sql.Identifier(user)))
    db.execute(sql.SQL("alter role {} set statement_timeout = '60s'").format(sql.Identifier(user)))


def _make(db: psycopg.Connection, admin: str, *, database: str, user: str) -> None:
    name, reader = sql.Identifier(database), sql.Identifier(user)
    db.execute(sql.SQL("drop database if exists {} with (force)").format(name))
    db.execute(sql.SQL("create database {} encoding 'UTF8' template template0").format(name))
    db.execute(sql.SQL("revoke all on database {} from public").format(name))
    db.execute(sql.SQL("grant connect on database {} to {}").format(name, reader))
    with psycopg.connect(make_conninfo(admin, dbname=database)) as new:
        new.execute(_TABLES)
        with new.cursor() as cursor:
            for table, rows in (("zaehlstellen", _stations()), ("zaehlungen", _counts()), ("radwege_app", _trips())):
                with cursor.copy(sql.SQL("copy {} from stdin").format(sql.Identifier(table))) as copy:
                    for row in rows:
                        copy.write_row(row)
        new.execute(sql.SQL("grant usage on schema public to {}").format(reader))
        new.execute(sql.SQL("grant select on all tables in schema public to {}").format(reader))
    db.execute(sql.SQL("comment on database {} is {}").format(name, EDITION))  # last: it says that all is there


def _stations() -> Iterator[tuple[object, ...]]:
    districts = {d.number: d for d in town.DISTRICTS}
    for station in STATIONS:
        longitude, latitude = town.place(*town.inside(districts[station.district], dice("station", station.id)))
        yield station.id, station.name, station.street, station.district, longitude, latitude


def _counts() -> Iterator[tuple[str, datetime, date, int, int]]:
    for station in STATIONS:
        roll = dice("traffic", station.id)
        for moment in town.hours():
            local = moment.astimezone(ZONE)
            yield station.id, moment, local.date(), *town.traffic(station, local, roll)


def _trips() -> Iterator[tuple[str, date, int]]:
    for street in town.streets():
        for month in range(4, 10):
            n = dice("trips", street.key, month).randrange(0, 900 if street.length > 600 else 90)
            better = street.name == "Bahnhofstraße" and month >= MEASURE.month
            yield street.key, date(YEAR, month, 1), n * 2 if better else n
