# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Questions without SQL: built, saved, shown as map, chart, table and three sentences.

A question (:mod:`.terms`) is a small value that holds no data. :mod:`.compile` makes SQL of it for one reader;
:mod:`.answer` asks the hub under that reader's rights and shapes what comes back. Verbs: save, change, copy, delete.
"""
