# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the operator says in the environment: the contract of docs/reference/operation.md."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec


class Misconfigured(RuntimeError):
    """The environment cannot be used; the message is one line for the operator, German and English."""


class Environment(msgspec.Struct, frozen=True):
    """The operator's settings. ``database_url`` is "" where the embedded PostgreSQL is wanted."""

    data: Path
    host: str
    port: int
    url: str
    database_url: str
    demo: bool
    key_file: Path
    uploads_mb: int = 5000

    @property
    def query_socket(self) -> Path:
        """The socket of the query process."""
        from allmende.config.postgres import runtime_folder

        return runtime_folder(self.data) / "query.sock"


def read(environ: Mapping[str, str] = os.environ) -> Environment:
    """Read the settings. Raises :class:`Misconfigured` with what is wrong in which variable."""
    data = Path(environ.get("ALLMENDE_DATA") or "var").expanduser().resolve()
    try:
        port = int(environ.get("PORT") or "8080")
    except ValueError:
        port = -1
    if not 0 < port < 65536:
        raise Misconfigured(f"PORT={environ.get('PORT')}: keine Portnummer / not a port number (1–65535)")
    said = environ.get("ALLMENDE_UPLOADS_MB") or "5000"
    uploads = int(said) if said.isascii() and said.isdecimal() and len(said) < 10 else 0
    if uploads < 1:
        raise Misconfigured(f"ALLMENDE_UPLOADS_MB={said}: keine Zahl ab 1 / not a number from 1")
    host = environ.get("HOST") or "127.0.0.1"
    key_file = Path(environ.get("ALLMENDE_KEY_FILE") or f"{data}.key").expanduser().resolve()
    if key_file.is_relative_to(data):
        raise Misconfigured(
            f"ALLMENDE_KEY_FILE={key_file} liegt im Datenordner; der Schlüssel gehört an einen anderen Ort als die "
            "Daten und ihre Sicherung / lies in the data folder; the key belongs elsewhere than the data and their backup"
        )
    url = (environ.get("ALLMENDE_URL") or f"http://{'127.0.0.1' if host in {'0.0.0.0', '::'} else host}:{port}").rstrip(
        "/"
    )
    if not url.startswith(("http://", "https://")):
        raise Misconfigured(f"ALLMENDE_URL={url}: eine Adresse mit http:// oder https:// / an address with http(s)://")
    return Environment(
        data=data,
        host=host,
        port=port,
        url=url,
        database_url=environ.get("DATABASE_URL") or "",
        demo=(environ.get("ALLMENDE_DEMO") or "0").lower() not in {"0", "no", "false", "off"},
        key_file=key_file,
        uploads_mb=uploads,
    )


class Mail(msgspec.Struct, frozen=True):
    """The town's mail server. ``host`` is "" where mails are files; ``tls`` is "", "starttls" or "tls"."""

    host: str
    port: int
    tls: str
    user: str
    password: str


_MAIL_PORTS = {"": "25", "starttls": "587", "tls": "465"}
_HERE = {"localhost", "127.0.0.1", "::1"}


def mail(environ: Mapping[str, str] = os.environ) -> Mail:
    """Read how mail goes out. Raises :class:`Misconfigured`; a password never crosses a network in the clear."""
    host, tls = environ.get("ALLMENDE_SMTP_HOST") or "", (environ.get("ALLMENDE_SMTP_TLS") or "").lower()
    user, password = environ.get("ALLMENDE_SMTP_USER") or "", environ.get("ALLMENDE_SMTP_PASSWORD") or ""
    if tls not in _MAIL_PORTS:
        raise Misconfigured(f"ALLMENDE_SMTP_TLS={tls}: starttls, tls oder leer / starttls, tls or empty")
    try:
        port = int(environ.get("ALLMENDE_SMTP_PORT") or _MAIL_PORTS[tls])
    except ValueError:
        port = -1
    if not 0 < port < 65536:
        raise Misconfigured("ALLMENDE_SMTP_PORT: keine Portnummer / not a port number (1–65535)")
    if user and not tls and host not in _HERE:
        raise Misconfigured(
            "ALLMENDE_SMTP_USER ohne ALLMENDE_SMTP_TLS: das Kennwort ginge unverschlüsselt durchs Netz / the password "
            "would cross the network in the clear"
        )
    return Mail(host, port, tls, user, password)
