# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Pages that compose several rooms: home, search, navigation, the data-set page."""
