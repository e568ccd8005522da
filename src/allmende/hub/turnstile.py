# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How much one asker may ask at once and how fast, so that one program cannot hold up everybody else's questions."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from allmende.hub.problems import Busy
from allmende.kernel.text import Text

#: Questions of one asker running at the same time, in one web process: fewer than there are workers.
AT_ONCE = 3
#: Questions a second, and how many may come in one burst (token bucket).
RATE, BURST = 50.0, 200.0
#: So many askers are remembered; the longest idle is forgotten first.
REMEMBERED = 10_000


class _Asker:
    __slots__ = ("running", "tokens", "when")

    def __init__(self, when: float) -> None:
        self.running = 0
        self.tokens = BURST
        self.when = when


class Turnstile:
    """Counts the questions of each asker."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._askers: OrderedDict[str, _Asker] = OrderedDict()

    @contextmanager
    def enter(self, asker: str) -> Iterator[None]:
        """Let one question through. Raises :class:`~allmende.hub.problems.Busy` when the asker has too many."""
        now = self._clock()
        state = self._askers.setdefault(asker, _Asker(now))
        self._askers.move_to_end(asker)
        state.tokens = min(BURST, state.tokens + (now - state.when) * RATE)
        state.when = now
        if state.running >= AT_ONCE or state.tokens < 1:
            raise Busy(
                Text(
                    f"Höchstens {AT_ONCE} Fragen gleichzeitig und {RATE:.0f} je Sekunde. Bitte gleich noch einmal.",
                    f"At most {AT_ONCE} questions at the same time and {RATE:.0f} a second. Please try again shortly.",
                ),
                retry_after=1,
            )
        state.tokens -= 1
        state.running += 1
        try:
            yield
        finally:
            state.running -= 1
            self._forget()

    def _forget(self) -> None:
        while len(self._askers) > REMEMBERED:
            idle = next((key for key, state in self._askers.items() if not state.running), None)
            if idle is None:
                return
            del self._askers[idle]
