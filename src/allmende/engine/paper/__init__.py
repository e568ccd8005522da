# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Papers: what a page says, as an accessible PDF (PDF/UA-1 and PDF/A-2a) on A4.

``model`` holds the typed value, ``press`` turns it into a file: ``render(paper) -> bytes``. Set by Typst in a process of
its own, locked in like a question (``child``): a paper can need too much, not hurt.
"""
