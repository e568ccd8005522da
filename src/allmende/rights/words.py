# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Obligations and grants as sentences."""

from __future__ import annotations

from collections.abc import Callable

from allmende.kernel.text import Text
from allmende.rights.terms import (
    Attribution,
    Coarsen,
    Delay,
    Grant,
    GranteeKind,
    HideColumn,
    NoOnwardUse,
    Obligation,
    ReleaseTableOnly,
    RowFilter,
    RowRange,
)

_TIMES = {
    "year": Text("aufs Jahr", "to the year"),
    "month": Text("auf den Monat", "to the month"),
    "week": Text("auf die Woche", "to the week"),
    "day": Text("auf den Tag", "to the day"),
    "hour": Text("auf die Stunde", "to the hour"),
}


def obligation(what: Obligation) -> Text:
    """Return an obligation (Auflage) in words."""
    match what:
        case RowFilter(column=column, values=values):
            listed = ", ".join(values)
            return Text(f"Nur Zeilen, in denen „{column}“ {listed} ist.", f"Only rows where “{column}” is {listed}.")
        case RowRange(column=column, least=least, most=most):
            if not least:
                return Text(
                    f"Nur Zeilen, in denen „{column}“ höchstens {most} ist.",
                    f"Only rows where “{column}” is at most {most}.",
                )
            if not most:
                return Text(
                    f"Nur Zeilen, in denen „{column}“ mindestens {least} ist.",
                    f"Only rows where “{column}” is at least {least}.",
                )
            return Text(
                f"Nur Zeilen, in denen „{column}“ von {least} bis {most} reicht.",
                f"Only rows where “{column}” lies from {least} to {most}.",
            )
        case HideColumn(column=column):
            return Text(f"Die Spalte „{column}“ fehlt.", f"The column “{column}” is left out.")
        case Coarsen(column=column, to=to):
            step = coarse(to)
            return Text(f"„{column}“ ist vergröbert {step.de}.", f"“{column}” is coarsened {step.en}.")
        case ReleaseTableOnly():
            return Text(
                "Nur die geschützte Freigabetabelle ist lesbar; kleine Zahlen sind darin unterdrückt.",
                "Only the protected release table can be read; small numbers in it are suppressed.",
            )
        case Delay(column=column, days=days):
            return Text(f"Zeilen erscheinen {days} Tage nach „{column}“.", f"Rows appear {days} days after “{column}”.")
        case Attribution(text=text):
            return Text(f"Die Quelle ist zu nennen: {text}", f"The source must be named: {text}")
        case NoOnwardUse():
            return Text(
                "Nicht weitergeben und nicht zu einem anderen Zweck nutzen.",
                "Do not pass on, and do not use for another purpose.",
            )


def coarse(to: str) -> Text:
    """Return how coarse a column becomes, in words."""
    if to in _TIMES:
        return _TIMES[to]
    if to.startswith("prefix:"):
        letters = to.removeprefix("prefix:")
        return Text(f"auf die ersten {letters} Zeichen", f"to the first {letters} characters")
    return Text(f"auf Vielfache von {to}", f"to multiples of {to}")


def grantee(grant: Grant, unit_name: Callable[[str], Text], role_title: Callable[[str], Text]) -> Text:
    """Return to whom a grant is given; single people and programs are not named."""
    match grant.grantee_kind:
        case GranteeKind.PERSON:
            return Text("eine einzelne Person", "a single person")
        case GranteeKind.SYSTEM:
            return Text("ein Programm", "a program")
        case GranteeKind.UNIT:
            return unit_name(grant.grantee)
        case GranteeKind.ROLE:
            title = role_title(grant.grantee)
            return Text(f"wer die Rolle „{title.de}“ hat", f"who holds the role “{title.en}”")
        case GranteeKind.TENANT:
            return Text(f"die Verwaltung von {grant.grantee}", f"the administration of {grant.grantee}")
        case GranteeKind.ANYONE:
            return Text("alle", "everybody")
