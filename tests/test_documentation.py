# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The documentation's links lead somewhere, and its lists are complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])
_LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    missing = [link for link in _LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()]
    assert missing == []


def test_every_page_is_listed_in_its_index() -> None:
    docs = ROOT / "docs"
    index, decisions = (docs / "README.md").read_text("utf-8"), (docs / "decisions" / "README.md").read_text("utf-8")
    unlisted = []
    for page in sorted(docs.rglob("*.md")):
        name = page.relative_to(docs).as_posix()
        if name == "README.md" or name.startswith("handbuch/"):  # listed by itself, in the product
            continue
        if name.startswith("decisions/0"):
            if f"({page.name})" not in decisions:
                unlisted.append(name)
        elif f"({name})" not in index:
            unlisted.append(name)
    assert unlisted == []
