# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One module for each kind of step the page can edit: ``fields``, ``changed`` and ``added``."""
