# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the law wants said: the statements every town shows, and templates for those who run and watch Allmende.

Each is a function that returns a :class:`~allmende.engine.paper.model.Paper`; the page shows its blocks, the PDF is set from
the same ones. Nothing here is legal advice: every text names its paragraph so that counsel can check it.
"""
