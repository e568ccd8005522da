# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Lists as offices deliver them: a proposal with its reasons before anything is stored.

Nouns are in ``model``: Proposal, Found (a table), Column, LeftOut, Personal, Hidden, Decisions, Difference.
Verbs: ``propose`` (read a file, say what it seems to be), ``rows`` and ``store`` (the table as Arrow batches or a
Parquet file), ``compare`` (two versions). Files come from anywhere: each is opened in a child process with limits.
"""
