# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What stands around an answer's rows: columns, provenance, decision. Django-free."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from allmende.catalogue.terms import Mode
from allmende.engine.plan import Field, Format
from allmende.kernel.text import Text
from allmende.rights.terms import Decisions, Obligation

#: Media types of the formats; the first is the default.
MEDIA = {
    Format.JSON: "application/json",
    Format.CSV: "text/csv; charset=utf-8; header=present",
    Format.ARROW: "application/vnd.apache.arrow.stream",
    Format.PARQUET: "application/vnd.apache.parquet",
}

#: Headers longer than this are left out (proxies commonly refuse more than 8 KiB in all).
LONGEST_HEADER = 5_000


class Provenance(msgspec.Struct, frozen=True):
    """Where a data set of the answer comes from (Herkunft)."""

    dataset: str  # stable URI
    name: str  # tenant.dataset
    title: Text
    source: str
    owner: Text
    read_at: datetime
    mode: Mode
    licence: str = ""
    attribution: str = ""
    limits: Text = Text("", "")
    warning: Text | None = None  # late anonymisation


class Permission(msgspec.Struct, frozen=True):
    """The decision an answer rests on."""

    id: str
    rule: str
    reason: Text
    obligations: tuple[Obligation, ...]


def permission(decisions: Decisions, entry: str) -> Permission:
    """Sum up the decisions on all data sets of a question: the rules and reasons, and every obligation once."""
    rules = dict.fromkeys(decision.rule for decision in decisions.of.values())
    reasons = dict.fromkeys(decision.reason for decision in decisions.of.values())
    obligations = dict.fromkeys(o for decision in decisions.of.values() for o in decision.obligations)
    return Permission(
        id=entry,
        rule=" ".join(rules),
        reason=Text(" ".join(r.de for r in reasons), " ".join(r.en for r in reasons)),
        obligations=tuple(obligations),
    )


def described(provenance: Iterable[Provenance], language: str) -> list[dict[str, Any]]:
    """Return provenance as the interface writes it, titles in the asker's language."""
    entries = []
    for p in provenance:
        entry: dict[str, Any] = {
            "dataset": p.dataset,
            "name": p.name,
            "title": p.title.in_(language),
            "source": p.source,
            "owner": p.owner.in_(language),
            "read_at": p.read_at,
            "mode": p.mode,
            "licence": p.licence,
            "attribution": p.attribution,
            "limits": p.limits.in_(language),
        }
        if p.warning is not None:
            entry["warning"] = p.warning.in_(language)
        entries.append(entry)
    return entries


def decided(permission: Permission) -> dict[str, Any]:
    """Return the decision as the interface writes it."""
    return {
        "id": permission.id,
        "rule": permission.rule,
        "reason_de": permission.reason.de,
        "reason_en": permission.reason.en,
        "obligations": permission.obligations,
    }


def opening(fields: Iterable[Field], provenance: Iterable[Provenance], permission: Permission, language: str) -> bytes:
    """Return everything of a JSON answer that stands before its rows."""
    head = msgspec.json.encode(
        {
            "columns": [{"name": f.name, "type": f.type, "unit": f.unit} for f in fields],
            "provenance": described(provenance, language),
            "decision": decided(permission),
        }
    )
    return head[:-1] + b',"rows":'


def closing(rows: int) -> bytes:
    """Return what stands after the rows; without it a JSON answer is not complete and no parser accepts it."""
    return b',"row_count":%d}\n' % rows


def metadata(provenance: Iterable[Provenance], permission: Permission, language: str) -> dict[str, str]:
    """Return what is written into an Arrow or Parquet answer."""
    return {
        "allmende:provenance": msgspec.json.encode(described(provenance, language)).decode(),
        "allmende:decision": msgspec.json.encode(decided(permission)).decode(),
    }


def headers(provenance: tuple[Provenance, ...], permission: Permission, language: str) -> list[tuple[bytes, bytes]]:
    """Return the response headers that carry provenance where the body has no place for it."""
    found = [(b"allmende-decision", permission.id.encode())]
    links = ", ".join(f'<{p.dataset}>; rel="describedby"' for p in provenance)
    links += "".join(f', <{p.licence}>; rel="license"' for p in provenance if p.licence.startswith("http"))
    whole = msgspec.json.encode(described(provenance, language)).decode()
    ascii_only = "".join(c if ord(c) < 128 else "".join(f"\\u{u:04x}" for u in _utf16(c)) for c in whole)
    if len(links) <= LONGEST_HEADER:
        found.append((b"link", links.encode("ascii", "ignore")))
    if len(ascii_only) <= LONGEST_HEADER:
        found.append((b"allmende-provenance", ascii_only.encode()))
    return found


def _utf16(character: str) -> list[int]:
    raw = character.encode("utf-16-be")
    return [int.from_bytes(raw[i : i + 2], "big") for i in range(0, len(raw), 2)]
