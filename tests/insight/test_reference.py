# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The reference page names every word a question knows, and its example is one."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

import pytest

from allmende.insight.domain.questions import read_text
from allmende.insight.terms import Check, Comparison, Filter, Function, Match, Part, Period, Question, Visibility
from allmende.webkit.classes import Method

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "questions.md").read_text("utf-8")


@pytest.mark.parametrize("words", [Function, Match, Comparison, Period, Check, Method, Visibility])
def test_every_word_is_told(words: type[StrEnum]) -> None:
    assert [word.value for word in words if f"`{word.value}`" not in PAGE] == []


@pytest.mark.parametrize("value", [Question, Part, Filter])
def test_every_part_is_told(value: type) -> None:
    assert [name for name in value.__struct_fields__ if f"`{name}`" not in PAGE] == []  # type: ignore[attr-defined]


def test_the_example_is_a_question() -> None:
    example = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    assert read_text(example[1]).compared is Comparison.AREA
