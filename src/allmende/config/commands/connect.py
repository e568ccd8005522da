# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""``allmende connect``: connects source systems from connection files and says what reading them met."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from allmende.config import environment
from allmende.engine import connection as file
from allmende.engine.mapping.faults import Effect, Fault
from allmende.engine.report import Count, Report

#: So many files are named for each fault.
FILES = 3

HELP = "Bindet Datenquellen aus Anbindungsdateien an / connects source systems from connection files"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("files", type=Path, help="Anbindungsdatei oder Ordner / connection file or folder")
    parser.add_argument("--data", type=Path, help="Ordner der Dateien / folder of the files")
    parser.add_argument(
        "--tenant", help="Kommune (Kurzname), sonst der Name des Ordners / town, else the folder's name"
    )
    parser.add_argument(
        "--secret",
        action="append",
        default=[],
        metavar="NAME=VARIABLE",
        help="Geheimnis aus einer Umgebungsvariable / secret from an environment variable",
    )
    parser.add_argument("--lines", type=int, default=5, help="Zeilennummern je Fehler / line numbers for each fault")


def run(given: argparse.Namespace) -> int:
    """Connect; print for each data set rows read, repaired and refused, with line numbers."""
    folder = given.files.is_dir()
    files = file.read_folder(given.files) if folder else (file.read(given.files),)
    tenant = given.tenant or (given.files if folder else given.files.parent).resolve().name
    secrets = dict(_secret(pair) for pair in given.secret)
    from allmende.config.local import installation

    with installation(environment.read()):
        from allmende.hub.door import connect_folder, prepare_town
        from allmende.rights.terms import OPERATOR

        prepare_town(OPERATOR, files, tenant=tenant)
        for _, connected, released in connect_folder(
            OPERATOR, files, tenant=tenant, data=given.data.resolve() if given.data else None, secrets=secrets
        ):
            for read in connected.reads:
                say(f"{read.name}")
                show(read.report, lines=given.lines)
            if released is not None:
                counts = ", ".join(
                    f"{key}: {value}" for key, value in released.report.items() if isinstance(value, int)
                )
                say(f"  Freigabetabellen / release tables, Fassung / version {released.number}: {counts}")
    return 0


def show(report: Report, *, lines: int) -> None:
    """Print a report: the sum, then each fault over all files, with the files it is in and their first line numbers."""
    summary = report.summary()
    say(f"  {summary.de}\n  {summary.en}")
    faults: dict[tuple[str, str, str], list[tuple[str, Count]]] = {}
    for one in report.files:
        if one.problem is not None:
            say(f"    {one.file}: {one.problem.de} / {one.problem.en}")
        for count in one.counts:
            faults.setdefault((count.fault, count.effect, count.column), []).append((one.file, count))
    for found in faults.values():
        together = Count(*_key(found[0][1]), sum(count.count for _, count in found))
        words = together.text(samples=False)
        say(f"    {words.de} / {words.en}")
        for name, count in found[:FILES]:
            more = " …" if count.count > lines else ""
            say(f"      {name}: {', '.join(map(str, count.lines[:lines]))}{more}")
        if len(found) > FILES:
            say(f"      … {len(found) - FILES} weitere Dateien / more files")


def _key(count: Count) -> tuple[Fault, Effect, str]:
    return count.fault, count.effect, count.column


def _secret(pair: str) -> tuple[str, str]:
    name, _, variable = pair.partition("=")
    if variable not in os.environ:
        raise environment.Misconfigured(f"--secret {pair}: die Variable fehlt / the variable is missing")
    return name, os.environ[variable]


def say(words: str) -> None:
    """Print words for the person at the terminal."""
    sys.stdout.write(words + "\n")
