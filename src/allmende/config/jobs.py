# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The jobs process: what runs by itself, and the writer that links the decision log."""

from __future__ import annotations

import asyncio

from allmende.config import wiring
from allmende.config.environment import Environment


def run(environment: Environment) -> int:
    """Work until SIGTERM or SIGINT; return the exit code."""
    import django

    django.setup()
    from procrastinate.contrib.django import app

    from allmende.rights.chain import Linker

    wiring.equip(environment)

    async def work() -> None:
        worker = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
        async with worker.open_async():
            await worker.run_worker_async(concurrency=2, shutdown_graceful_timeout=10)

    with Linker(environment.database_url):
        asyncio.run(work())
    return 0
