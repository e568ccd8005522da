# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Auenstadt, the practice town: invented, made by code, the same every time.

``town`` says what the town is like, ``silos`` writes its systems below ``$ALLMENDE_DATA/demo`` (real, separate ones: a
second PostgreSQL database, SQLite, Excel, CSV, GeoPackage, GeoJSON, Parquet, an HTTP service in ``events``), ``registers``
enters organisations, people, connections and grants through the doors of the rooms; ``start.ensure`` does it all.
"""
