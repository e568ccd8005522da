# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Verbs on modes and copies: direct from the source, nightly export, copy (as of …) - three equals."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from allmende.catalogue import door as catalogue
from allmende.catalogue.terms import Mode
from allmende.hub.domain.changes import note
from allmende.hub.domain.connections import binding_row, mapping_of
from allmende.hub.domain.reading import bound, relation_of
from allmende.hub.models import Binding, Copy, ReleaseTable
from allmende.hub.tools import tools
from allmende.kernel.clock import now
from allmende.kernel.errors import Problem
from allmende.rights import door as rights
from allmende.rights.terms import OPERATOR, Action, Subject

#: So many copies of a data set are kept, the one in force among them.
KEPT = 3
#: A copy no longer in force stays at least so long: questions that began with it end with it.
LINGERS = timedelta(hours=1)
#: What an interface answered is removed after so long; who asks then fetches anew.
ANSWERS = timedelta(days=1)


def set_mode(actor: Subject, dataset: str, mode: Mode, *, tenant: str) -> None:
    """Say how the data set's rows are held. Needs CONNECT in the source's owner unit.

    For a nightly export or a copy the first copy is made now; if that fails the mode stays as it was.
    """
    with transaction.atomic():
        binding = binding_row(tenant, dataset)
        rights.require(actor, Action.CONNECT, tenant, str(binding.connection.source.unit))
    if mode is not Mode.DIRECT and binding.copy_id is None:
        _copy(binding)
    with transaction.atomic():
        binding = binding_row(tenant, dataset)
        binding.mode = mode.value
        binding.save(update_fields=["mode"])
        as_of = binding.copy.as_of if binding.copy is not None and mode is not Mode.DIRECT else None
        catalogue.mark_copied(dataset, mode=mode, as_of=as_of)
        note(actor, "set_mode", dataset, tenant=tenant, mode=mode.value)


def refresh_copy(actor: Subject, dataset: str, *, tenant: str) -> datetime:
    """Make a new copy and put it in force; return its moment. Needs CONNECT in the source's owner unit.

    If that fails the old copy stays in force, the register says why, and the error is raised.
    """
    with transaction.atomic():
        binding = binding_row(tenant, dataset)
        rights.require(actor, Action.CONNECT, tenant, str(binding.connection.source.unit))
    return _copy(binding)


def export_nightly() -> dict[str, Problem | None]:
    """Make the nightly exports; return what went wrong, by the data set's name. One failure stops no other."""
    outcome: dict[str, Problem | None] = {}
    rows = Binding.objects.filter(mode=Mode.NIGHTLY.value, connection__enabled=True)
    for binding in rows.select_related("connection__source", "mapping"):
        try:
            refresh_copy(OPERATOR, str(binding.dataset), tenant=binding.tenant)
            outcome[str(binding)] = None
        except Problem as problem:
            outcome[str(binding)] = problem
    return outcome


def prune_copies() -> int:
    """Remove copies nobody can be reading any more, with their files, and old answers of interfaces; return how many."""
    removed = tools().located.fetched.forget(now() - ANSWERS)
    for binding in Binding.objects.all():
        passing = binding.copies.filter(versions=None)  # versions of a list are kept
        old = [copy for copy in passing if copy.id != binding.copy_id][KEPT - 1 :]
        for copy in old:
            if copy.as_of > now() - LINGERS:
                continue
            copy.delete()
            removed += 1
            still = Copy.objects.filter(path=copy.path).exists() or ReleaseTable.objects.filter(path=copy.path).exists()
            if not still:
                (tools().files / copy.path).unlink(missing_ok=True)
    return removed


def _copy(binding: Binding) -> datetime:
    began = now()
    try:
        kept = tools().keep(
            relation_of(bound(binding)),
            f"{binding.tenant}/{binding.dataset}",
            source=binding.connection.source.name,
        )
    except Problem as problem:
        Binding.objects.filter(dataset=binding.dataset).update(
            copy_failed_at=now(), copy_error_de=problem.detail.de, copy_error_en=problem.detail.en
        )
        raise
    with transaction.atomic():
        row = binding_row(binding.tenant, str(binding.dataset))
        row.copy = Copy.objects.create(
            binding=row,
            path=kept.path,
            rows=kept.rows,
            bytes=kept.bytes,
            fields=kept.fields,
            mapping=mapping_of(binding),
            as_of=began,
        )
        row.copy_failed_at, row.copy_error_de, row.copy_error_en = None, "", ""
        row.save(update_fields=["copy", "copy_failed_at", "copy_error_de", "copy_error_en"])
        if row.mode != Mode.DIRECT.value:
            catalogue.mark_copied(str(row.dataset), mode=Mode(row.mode), as_of=began)
    return began
