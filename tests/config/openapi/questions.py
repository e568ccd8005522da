# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Hooks of the judge: most of its valid questions, formats and names become real ones of the practice town, so that answers and
refusals are judged too, not only what the gate says of noise."""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from typing import Any

import schemathesis

QUESTIONS = (
    "SELECT * FROM auenstadt.baeume LIMIT 3",
    "SELECT art, count(*) AS n FROM auenstadt.baeume GROUP BY art ORDER BY n DESC",
    "SELECT * FROM auenstadt.einwohner_alter LIMIT 3",
    "SELECT b.art, s.* FROM auenstadt.baeume b, auenstadt.strassen_unterhalt s LIMIT 2",
    "SELECT 1 AS one, NULL AS nothing, 'a' || chr(10) AS text",
    "SELECT * FROM auenstadt.nothing",
    "DELETE FROM auenstadt.baeume",
)
PURPOSES = ("", "statistics", "health_reporting")
FORMATS = ("application/json", "*/*", "text/csv", "application/vnd.apache.parquet")
NAMES = ("auenstadt.baeume", "auenstadt.einwohner_alter", "auenstadt.luft_stunden")


def _chosen(text: str, among: tuple[str, ...]) -> str:
    """Return ``text`` itself or one of the others, the same for the same text."""
    number = zlib.crc32(text.encode("utf-8", "surrogatepass"))
    return among[number // 4 % len(among)] if number % 4 else text


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Put a real question in, where the made one was a valid text."""
    if isinstance(body, dict) and isinstance(body.get("sql"), str) and 1 <= len(body["sql"]) <= 65536:
        purpose = {"purpose": _chosen(body["purpose"], PURPOSES)} if isinstance(body.get("purpose"), str) else {}
        return body | purpose | {"sql": _chosen(body["sql"], QUESTIONS)}
    return body


@schemathesis.hook
def map_headers(context: Any, headers: Any) -> Any:
    """Put a format in that there is, where the made one was a valid header."""
    accept = headers.get("Accept") if headers else None
    return headers | {"Accept": _chosen(accept, FORMATS)} if isinstance(accept, str) else headers


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: Any) -> Any:
    """Put a real name in, where the made one was a valid name."""
    name = path_parameters.get("name") if isinstance(path_parameters, dict) else None
    if isinstance(name, str) and name.count(".") == 1:
        return path_parameters | {"name": _chosen(name, NAMES)}
    return path_parameters


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Note what was judged, so that the test can tell that answers and refusals were among it."""
    with Path(os.environ["JUDGED"]).open("a") as file:
        file.write(f"{case.method} {case.path} {response.status_code}\n")
