# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the town's papers say: functions over plain values that return a :class:`~allmende.engine.paper.model.Paper`."""
