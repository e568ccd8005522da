# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""``allmende serve``: everything, or one part of it."""

from __future__ import annotations

import argparse
import logging

from allmende.config import environment

HELP = "Startet Allmende, oder einen Teil davon / starts Allmende, or one part of it"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("part", nargs="?", choices=["all", "web", "query", "jobs"], default="all")


def run(given: argparse.Namespace) -> int:
    """Serve until asked to stop."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO)
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    found = environment.read()
    if given.part == "all":
        from allmende.config.supervise import Family

        return Family(found).run()
    if given.part == "query":
        from allmende.engine import broker

        return broker.main([str(found.query_socket)])
    if not found.database_url:
        raise environment.Misconfigured(f"allmende serve {given.part}: DATABASE_URL fehlt / is missing")
    if given.part == "jobs":
        from allmende.config import jobs

        return jobs.run(found)
    from allmende.config import web

    return web.run(found)
