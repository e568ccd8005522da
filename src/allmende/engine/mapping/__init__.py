# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Mappings: small declarative files that say how a source is read, and their way to SQL.

:class:`Mapping` is what the file says; :func:`compile_relation` turns it into the one SELECT that reads the source in
place;
:mod:`allmende.engine.report` counts what was read, repaired and refused.
"""

from allmende.engine.mapping.compiler import compile_relation, compile_report
from allmende.engine.mapping.fields import Field, Type
from allmende.engine.mapping.files import BadFile, File, resolve
from allmende.engine.mapping.model import (
    Csv,
    Excel,
    GeoJson,
    GeoPackage,
    Header,
    Json,
    Mapping,
    Parquet,
    Shapefile,
    Table,
)
from allmende.engine.mapping.spacesteps import Geometry, Point
from allmende.engine.mapping.steps import (
    Classify,
    Constant,
    Drop,
    Extract,
    Keep,
    Replace,
    Rule,
    Status,
    Unpivot,
)
from allmende.engine.mapping.timesteps import IsoWeek, LocalTime

__all__ = [
    "BadFile",
    "Classify",
    "Constant",
    "Csv",
    "Drop",
    "Excel",
    "Extract",
    "Field",
    "File",
    "GeoJson",
    "GeoPackage",
    "Geometry",
    "Header",
    "IsoWeek",
    "Json",
    "Keep",
    "LocalTime",
    "Mapping",
    "Parquet",
    "Point",
    "Replace",
    "Rule",
    "Shapefile",
    "Status",
    "Table",
    "Type",
    "Unpivot",
    "compile_relation",
    "compile_report",
    "resolve",
]
