# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""``allmende practice``: the practice town beside the real one, on, off, or anew."""

from __future__ import annotations

import argparse

from allmende.config import environment, practice
from allmende.config.commands.connect import say

HELP = "Übungsstadt neben der echten: an, aus, von vorn / practice town beside the real one: on, off, anew"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("what", choices=["on", "off", "reset", "remove"])


def run(given: argparse.Namespace) -> int:
    """Do it."""
    found = environment.read()
    if given.what in {"on", "off"}:
        practice.switch(given.what == "on", found.data)
        say("allmende serve richtet sie ein, oder nimmt sie weg / sets it up, or takes it away")
        return 0
    from allmende.config.local import installation

    with installation(found):
        from allmende.config.demo import reset

        if given.what == "reset":
            reset.again(found.data)
        else:
            reset.remove(found.data)
    return 0
