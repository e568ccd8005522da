# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The practice town's saved questions: what each persona gets to see of the three, opened as the page opens them."""

from __future__ import annotations

from typing import Any

import pytest

from allmende.config.demo.registers import people_of
from allmende.config.demo.town import DISTRICTS
from allmende.insight import door as insight
from allmende.insight.terms import Reason
from allmende.organisations import door as organisations
from allmende.rights.terms import ANYONE, Subject
from tests.config.demo.conftest import Demo

TREES, CHILDREN, GAS = "Bäume je", "Kinder unter zehn", "Gasverbrauch"

#: persona ("": nobody): what the three questions give: all, some (release table), refused, absent
MATRIX = {
    "": ("all", "absent", "absent"),
    "buergerin": ("all", "absent", "absent"),
    "nachbarin": ("all", "absent", "absent"),
    "stadtwerke": ("all", "absent", "absent"),
    "statistik": ("all", "all", "refused"),
    "umwelt": ("all", "some", "all"),
    "buergermeisterin": ("all", "some", "refused"),
    "verkehrsplanerin": ("all", "some", "refused"),
}


def run(demo: Demo, work: Any, *args: Any, **more: Any) -> Any:
    return demo.web.page(work, *args, **more)


def subject(who: str, town: str = "auenstadt") -> Subject:
    return organisations.subject_of_person(town, people_of(town)[f"{who}@{town}.example"]) if who else ANYONE


def opened(demo: Demo, who: str, title: str) -> str:
    reader = run(demo, subject, who, "rieth" if who == "nachbarin" else "auenstadt")
    saved = [one for one in run(demo, insight.saved, reader) if one.title.startswith(title)]
    if not saved:
        return "absent"
    shown = run(demo, insight.answer, reader, saved[0].question, purpose=saved[0].purpose)
    if shown.refusals:
        assert shown.rows == () and shown.refusals[0].ask
        return "refused"
    assert len(shown.places) == len(DISTRICTS) and len(shown.sentences) == 3
    missing = [place for place in shown.places if place.value is None]
    assert {place.reason for place in missing} <= {Reason.SUPPRESSED}
    return "some" if missing else "all"


@pytest.mark.parametrize("who", MATRIX)
def test_three_questions_work_for_the_personas_one_is_refused_for_some(demo: Demo, who: str) -> None:
    assert tuple(opened(demo, who, title) for title in (TREES, CHILDREN, GAS)) == MATRIX[who]


def test_they_are_entered_once(demo: Demo) -> None:
    demo.ensure()
    assert len(run(demo, insight.saved, run(demo, subject, "umwelt"))) == 3
