# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Numbers as people write them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import translation

from allmende.webkit.templatetags.allmende import number


@pytest.mark.parametrize(
    ("value", "german", "english"),
    [
        (1234567, "1.234.567", "1,234,567"),
        (1234.5, "1.234,5", "1,234.5"),
        (2.0, "2", "2"),
        (Decimal("1E+2"), "100", "100"),
        (Decimal("74.9"), "74,9", "74.9"),
        (Decimal("1234.50"), "1.234,50", "1,234.50"),
        (None, "", ""),
    ],
)
def test_numbers_have_the_readers_separators(value: object, german: str, english: str) -> None:
    with translation.override("de"):
        assert number(value) == german
    with translation.override("en"):
        assert number(value) == english
