# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Backup and restore: one tar file with the database (pg_dump's custom form), the files, and a manifest of checksums.

The backup is taken while Allmende serves. Files below ``files/`` never change once they lie there, and every one the
database names was there before its entry: so the database is dumped first, then the files. The key file is never
inside: sealed secrets and pseudonyms stay closed to whoever finds the backup.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec
import psycopg

from allmende import __version__
from allmende.config.environment import Environment, Misconfigured
from allmende.config.postgres import AlreadyRunning, Postgres, client_environment, program
from allmende.kernel import clock

_DATABASE = "database.dump"
_MANIFEST = "manifest.json"
_FILES = "files/"
_FORM = 1
_CHUNK = 1 << 20
_KNOWS_TRANSACTION_TIMEOUT = 170000


class Manifest(msgspec.Struct, frozen=True):
    """What a backup holds; the last member of the tar, so that a torn file shows."""

    form: int
    version: str
    taken_at: str
    key: str  # fingerprint of the key file that opens the sealed secrets
    sums: dict[str, str]  # SHA-256 of each member


def fingerprint(key: bytes) -> str:
    """Return a short name for a key that does not give it away."""
    return hashlib.sha256(b"allmende key fingerprint" + key).hexdigest()[:16]


@contextlib.contextmanager
def database(given: Environment) -> Iterator[str]:
    """Give the database's URL: the operator's, that of the running embedded server, or of one started for now."""
    if given.database_url:
        yield given.database_url
        return
    server = Postgres(given.data)
    try:
        server.start()
    except AlreadyRunning:
        yield server.running_url()
        return
    try:
        yield server.url()
    finally:
        server.stop()


def backup(given: Environment, target: Path, *, key: bytes) -> Manifest:
    """Write the backup to ``target``, whole or not at all. Raises :class:`Misconfigured`."""
    sums: dict[str, str] = {}
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".allmende-backup-") as folder:
        dump, part = Path(folder) / _DATABASE, Path(folder) / "tar"
        with database(given) as url:
            _run([program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", "--file", dump, url])
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as raw, tarfile.open(fileobj=raw, mode="w") as tar:
            sums[_DATABASE] = _add(tar, dump, _DATABASE)
            files = given.data / "files"
            for path in sorted(path for path in files.rglob("*") if path.is_file() and not path.is_symlink()):
                name = _FILES + path.relative_to(files).as_posix()
                with contextlib.suppress(FileNotFoundError):  # removed by retention meanwhile
                    sums[name] = _add(tar, path, name)
            manifest = Manifest(
                form=_FORM, version=__version__, taken_at=clock.now().isoformat(), key=fingerprint(key), sums=sums
            )
            content = msgspec.json.format(msgspec.json.encode(manifest))
            member = tarfile.TarInfo(_MANIFEST)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
            tar.close()
            raw.flush()
            os.fsync(raw.fileno())
        part.replace(target)
    return manifest


def restore(given: Environment, source: Path, *, key: bytes) -> Manifest:
    """Restore a backup into an empty installation. Every checksum is compared before anything is written.

    Raises :class:`Misconfigured` where the file is torn or altered, the installation is not empty, or the key file is not
    the one the backup was sealed with.
    """
    with tempfile.TemporaryDirectory(dir=_made(given.data), prefix=".restore-") as folder:
        manifest = _unpack(source, Path(folder))
        if manifest.key != fingerprint(key):
            raise Misconfigured(
                f"{given.key_file}: nicht der Schlüssel dieser Sicherung ({manifest.key}); ohne ihn bleiben Zugangsdaten "
                "und Pseudonyme verschlossen / not the key of this backup; without it secrets and pseudonyms stay sealed"
            )
        files = given.data / "files"
        if files.exists() and any(files.iterdir()):
            raise Misconfigured(f"{files}: nicht leer / not empty")
        with database(given) as url:
            _refuse_filled(url)
            _load(Path(folder) / _DATABASE, url)
        unpacked = Path(folder) / "files"
        if unpacked.exists():
            if files.exists():
                files.rmdir()
            unpacked.rename(files)
    return manifest


def _load(dump: Path, url: str) -> None:
    """Fill an empty database from the dump, whole or not at all."""
    arguments: list[str | Path] = [program("pg_restore"), "--no-owner", "--no-privileges", "--exit-on-error"]
    with psycopg.connect(url) as connection:
        version = connection.info.server_version
    if version >= _KNOWS_TRANSACTION_TIMEOUT:
        _run([*arguments, "--single-transaction", "--dbname", url, dump])
        return
    # pg_restore of PostgreSQL 17 and newer sets transaction_timeout, which older servers do not know and stop at.
    script, older = dump.with_suffix(".sql"), dump.with_suffix(".older.sql")
    _run([*arguments, "--file", script, dump])
    with script.open("rb") as source, older.open("wb") as target:
        head = source.read(_CHUNK).split(b"\n-- Name: ", 1)  # what it sets stands before the first object
        target.write(b"\n-- Name: ".join([head[0].replace(b"SET transaction_timeout = 0;\n", b""), *head[1:]]))
        shutil.copyfileobj(source, target, _CHUNK)
    script.unlink()
    _run([program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-1", "--file", older, "--dbname", url])


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _run(arguments: list[str | Path]) -> None:
    """Run one of PostgreSQL's programs; the URL with its password goes by the environment, not the command line."""
    environment = client_environment(os.environ)
    visible: list[str | Path] = []
    for argument in arguments:
        if isinstance(argument, str) and argument.startswith("postgres"):
            environment |= _as_environment(argument)
            argument = environment["PGDATABASE"] if visible and visible[-1] == "--dbname" else ""  # noqa: PLW2901
        if argument != "":
            visible.append(argument)
    done = subprocess.run(visible, env=environment, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise Misconfigured(f"{Path(visible[0]).name}: {done.stderr.strip()[-2000:]}")


def _as_environment(url: str) -> dict[str, str]:
    given = psycopg.conninfo.conninfo_to_dict(url)
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    names |= {"sslmode": "PGSSLMODE"}
    return {names[name]: str(value) for name, value in given.items() if name in names}


def _add(tar: tarfile.TarFile, path: Path, name: str) -> str:
    with path.open("rb") as file:
        summed = _Summed(file)
        member = tar.gettarinfo(arcname=name, fileobj=file)
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        tar.addfile(member, summed)
    return summed.sum.hexdigest()


class _Summed(io.RawIOBase):
    """Reads a file and sums it on the way."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.sum = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        content = self._file.read(size)
        self.sum.update(content)
        return content


def _unpack(source: Path, folder: Path) -> Manifest:
    sums: dict[str, str] = {}
    manifest: Manifest | None = None
    try:
        with tarfile.open(source, "r|") as tar:
            for member in tar:
                if not member.isfile() or member.name.startswith("/") or ".." in Path(member.name).parts:
                    raise Misconfigured(f"{source}: {member.name}: gehört nicht in eine Sicherung / is not of a backup")
                content = tar.extractfile(member)
                assert content is not None
                if member.name == _MANIFEST:
                    manifest = msgspec.json.decode(content.read(), type=Manifest)
                    continue
                path = folder / member.name
                path.parent.mkdir(parents=True, exist_ok=True)
                summed = hashlib.sha256()
                with path.open("wb") as file:
                    while chunk := content.read(_CHUNK):
                        summed.update(chunk)
                        file.write(chunk)
                sums[member.name] = summed.hexdigest()
    except (OSError, tarfile.TarError, msgspec.MsgspecError) as error:
        raise Misconfigured(f"{source}: nicht lesbar / not readable ({error})") from error
    if manifest is None or manifest.form != _FORM:
        raise Misconfigured(
            f"{source}: unvollständig oder keine Sicherung von Allmende / torn, or no backup of Allmende"
        )
    wrong = sorted(name for name in {*sums, *manifest.sums} if sums.get(name) != manifest.sums.get(name))
    if wrong:
        raise Misconfigured(f"{source}: verändert oder unvollständig / altered or incomplete: {', '.join(wrong[:5])}")
    return manifest


def _refuse_filled(url: str) -> None:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%'"
        ).fetchone()
    if row is None or row[0]:
        raise Misconfigured(
            "Die Datenbank ist nicht leer; wiederhergestellt wird nur in eine leere Installation (anderes "
            "ALLMENDE_DATA oder DATABASE_URL) / The database is not empty; restoring needs an empty installation"
        )
