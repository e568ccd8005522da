# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What all steps share."""

from __future__ import annotations

from typing import Annotated

import msgspec

from allmende.engine.mapping.sql import Rows

#: Name of a column.
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="do"):
    """What all steps share."""

    def wants(self) -> tuple[str, ...]:
        """Return the columns it reads."""
        return ()

    def makes(self) -> tuple[str, ...]:
        """Return the columns it adds."""
        return ()

    def apply(self, rows: Rows) -> Rows:
        """Return the rows after this step."""
        raise NotImplementedError
