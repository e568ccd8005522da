# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Connecting a folder of connection files, town and offices included: how an example or another town's set is used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from allmende.engine import connection as file
from allmende.hub.domain.addresses import allow_address
from allmende.hub.domain.connections import connect
from allmende.hub.domain.releases import make_release_version
from allmende.hub.terms import Connected, ConnectionDraft, ReleaseView
from allmende.kernel.errors import NotFound
from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.organisations.terms import LegalForm, TenantDraft, UnitDraft, UnitKind
from allmende.rights.terms import Subject


def prepare_town(actor: Subject, files: Sequence[file.Connection], *, tenant: str, name: str = "") -> None:
    """Make the town and the units the files name, as far as they do not exist. Only the operator makes towns."""
    try:
        organisations.tenant(tenant)
    except NotFound:
        organisations.create_tenant(actor, TenantDraft(slug=tenant, name=name or tenant.title()))
    known = {unit.slug for unit in organisations.units(tenant)}
    for unit in {unit.slug: unit for given in files for unit in given.units}.values():
        if unit.slug in known:
            continue
        form = unit.legal_form.lower()
        company = form not in {"", "office", "eigenbetrieb"}
        kind = UnitKind.COMPANY if company else UnitKind(form or "office")
        draft = UnitDraft(
            slug=unit.slug, name=unit.title, kind=kind, legal_form=LegalForm(form) if company else LegalForm.NONE
        )
        organisations.create_unit(actor, draft, tenant=tenant)


def connect_folder(
    actor: Subject, files: Sequence[file.Connection], *, tenant: str, data: Path | None, secrets: dict[str, str]
) -> Iterator[tuple[file.Connection, Connected, ReleaseView | None]]:
    """Connect the files one after the other, ``data`` being the folder of those that read files.

    ``secrets`` are by the name the file gives them. The folder is allowed by whoever connects it on the machine.
    """
    if data is not None:
        reason = Text("Auf der Befehlszeile angebunden", "Connected on the command line")
        allow_address(actor, tenant=tenant, place=str(data), reason=reason.de)
    for given in files:
        secret = secrets.get(getattr(given.source, "secret", ""), "")
        draft = ConnectionDraft(file=given, root=str(data) if data is not None else "", secret=secret)
        connected = connect(actor, draft, tenant=tenant)
        released = make_release_version(actor, given.release, tenant=tenant) if given.release is not None else None
        yield given, connected, released
