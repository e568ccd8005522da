# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The verb by which a town says something of itself."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from allmende.kernel.clock import now
from allmende.organisations.domain.changes import note
from allmende.organisations.models import Tenant, TownStatement
from allmende.organisations.queries.statements import view
from allmende.organisations.queries.units import TENANT, no_such
from allmende.organisations.statements import Statement, StatementView, check
from allmende.rights import door as rights
from allmende.rights.terms import Action, Subject


def make_statement(actor: Subject, *, tenant: str, kind: Statement, answers: Mapping[str, str]) -> StatementView:
    """Write a new version of a town's statement; it is shown from now on. The same answers again change nothing.

    Needs ADMINISTER for the town. Raises Forbidden, NotFound, Invalid with the ``field``.
    """
    with transaction.atomic():
        decision = rights.require(actor, Action.ADMINISTER, tenant)
        if not Tenant.objects.select_for_update().filter(slug=tenant).exists():  # one version after the other
            raise no_such(TENANT)
        said = check(kind, answers)
        last = TownStatement.objects.filter(tenant_id=tenant, kind=kind.value).order_by("-version").first()
        if last is not None and last.answers == said:
            return view(last)
        row = TownStatement.objects.create(
            tenant_id=tenant, kind=kind.value, version=last.version + 1 if last else 1, at=now(), answers=said
        )
        before = last.answers if last else {}
        changed = sorted(name for name in said.keys() | before.keys() if said.get(name) != before.get(name))
        note(
            actor,
            "make_statement",
            kind.value,
            tenant=tenant,
            decision=decision,
            action=Action.ADMINISTER,
            version=row.version,
            changed=changed,
        )
        return view(row)
