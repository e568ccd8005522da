# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""``allmende doctor``: whether Allmende can run here, and what is missing."""

from __future__ import annotations

import argparse

from allmende.config import doctor, environment

HELP = "Prüft, ob Allmende hier laufen kann / checks whether Allmende can run here"


def arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments."""


def run(given: argparse.Namespace) -> int:
    """Print one line for each check; 1 if one is bad."""
    del given
    bad = False
    for finding in doctor.examine(environment.read()):
        bad = bad or finding.verdict is doctor.Verdict.BAD
        print(f"{finding.verdict:>3}  {finding.about.de} / {finding.about.en}: {finding.said}", flush=True)
    return 1 if bad else 0
