# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reads data by a plan that was permitted: workers, the SQL gate, readers, mappings, release tables. Knows no Django.

One question is answered by one process: forked warm, told what it may read, locked in, killed afterwards.
"""
