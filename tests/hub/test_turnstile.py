# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One asker cannot hold up everybody else."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from allmende.hub.problems import Busy
from allmende.hub.turnstile import AT_ONCE, BURST, Turnstile


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_one_asker_runs_so_many_at_once_and_others_are_not_affected() -> None:
    turnstile = Turnstile(Clock())
    with ExitStack() as running:
        for _ in range(AT_ONCE):
            running.enter_context(turnstile.enter("a"))
        with pytest.raises(Busy) as refused, turnstile.enter("a"):
            pass
        assert refused.value.more == {"retry_after": 1}
        with turnstile.enter("b"):
            pass
    with turnstile.enter("a"):
        pass


def test_a_burst_is_spent_and_comes_back_with_time() -> None:
    clock = Clock()
    turnstile = Turnstile(clock)
    for _ in range(int(BURST)):
        with turnstile.enter("a"):
            pass
    with pytest.raises(Busy), turnstile.enter("a"):
        pass
    clock.now = 1.0
    with turnstile.enter("a"):
        pass


def test_a_question_that_fails_gives_its_place_back() -> None:
    turnstile = Turnstile(Clock())
    for _ in range(2 * AT_ONCE):
        with pytest.raises(RuntimeError), turnstile.enter("a"):
            raise RuntimeError
