# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Names that are taken: the database decides, so that two who ask at once cannot both get one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg.errors
from django.db import IntegrityError, transaction

from allmende.kernel.errors import Conflict
from allmende.kernel.text import Text


@contextmanager
def unless_taken(said: Text, *, field: str) -> Iterator[None]:
    """Run the insertion of one row; raise Conflict with ``said`` for ``field`` if its unique name is taken."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if isinstance(error.__cause__, psycopg.errors.UniqueViolation):
            raise Conflict(said, field=field) from None
        raise
