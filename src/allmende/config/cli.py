# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The ``allmende`` command. Each sub-command is a module in ``commands/`` with ``HELP``, ``arguments`` and ``run``."""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence
from typing import Protocol, cast

from allmende import __version__
from allmende.config import commands
from allmende.config.environment import Misconfigured
from allmende.config.postgres import PostgresError
from allmende.kernel.errors import Problem


class Command(Protocol):
    """What a module in ``commands/`` offers; ``_`` in its name becomes ``-`` on the command line."""

    HELP: str

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's arguments."""

    def run(self, given: argparse.Namespace) -> int:
        """Do it; return the exit code. Raises Problem, Misconfigured or PostgresError with words for the person."""


def known() -> dict[str, Command]:
    """Return all sub-commands by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(commands.__path__))
    return {
        name.replace("_", "-"): cast("Command", importlib.import_module(f"{commands.__name__}.{name}"))
        for name in names
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code (0 done, 1 refused or failed, 2 misused).

    What it and its children write, nobody else on the machine reads.
    """
    os.umask(0o077)
    parser = argparse.ArgumentParser(prog="allmende", description="Allmende – gemeinsam nutzen, nach Regeln.")
    parser.add_argument("--version", action="version", version=f"allmende {__version__}")
    choices = parser.add_subparsers(dest="command", required=True, metavar="BEFEHL/COMMAND")
    all_commands = known()
    for name, command in all_commands.items():
        sub = choices.add_parser(name, help=command.HELP, description=command.HELP)
        command.arguments(sub)
    given = parser.parse_args(arguments)
    try:
        return all_commands[given.command].run(given)
    except Problem as problem:
        print(f"{problem.detail.de}\n{problem.detail.en}", file=sys.stderr)
        return 1
    except (Misconfigured, PostgresError) as error:
        print(f"allmende: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
