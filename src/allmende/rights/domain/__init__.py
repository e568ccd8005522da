# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The verbs of the room: each guards, works in one transaction and leaves one log entry."""
