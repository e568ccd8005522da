# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reads of saved questions. What a reader may not see, or what reads a data set they may not know of, is not there."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.db.models import Q, QuerySet

from allmende.insight.models import SavedQuestion
from allmende.insight.terms import SavedView, Visibility, read_question
from allmende.kernel.errors import NotFound
from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.rights import door as rights
from allmende.rights.terms import Action, Subject, SubjectKind
from allmende.rights.terms import Visibility as Known

NO_SUCH = Text("Diese Frage gibt es nicht.", "There is no such question.")

#: What the decision point calls them; ``owner`` is not asked of it.
REACH = {
    Visibility.UNIT: Known.UNITS,
    Visibility.ADMINISTRATION: Known.ADMINISTRATION,
    Visibility.PUBLIC: Known.PUBLIC,
}


def saved(subject: Subject, *, dataset: str = "") -> list[SavedView]:
    """Return the saved questions the subject may see, their own first; of one data set, if it is named."""
    rows = _candidates(subject)
    if dataset:
        rows = rows.filter(datasets__contains=[dataset])
    may_see, changeable = visible_to(subject), _changeable(subject)
    found = [view(row, subject, changeable(row)) for row in rows if may_see(row)]
    return sorted(found, key=lambda one: (not one.mine, one.title.casefold(), one.id))


def question(subject: Subject, id_: str) -> SavedView:
    """Return one saved question. Raises NotFound, alike for hidden and absent ones."""
    row = _candidates(subject).filter(id=id_).first()
    if row is None or not visible_to(subject)(row):
        raise NotFound(NO_SUCH)
    return view(row, subject, _changeable(subject)(row))


def changing(subject: Subject, id_: str) -> SavedView | None:
    """Return the saved question an address says is being changed; None where it is none the subject may change."""
    try:
        found = question(subject, str(UUID(id_)))
    except (ValueError, NotFound):
        return None
    return found if found.changeable else None


def _candidates(subject: Subject) -> QuerySet[SavedQuestion]:
    if subject.kind is SubjectKind.OPERATOR:
        return SavedQuestion.objects.all()
    towns = organisations.towns_alongside(subject.tenant)  # what somebody tries out is not on a real town's pages
    rows = SavedQuestion.objects.filter(tenant__in=towns)
    return rows.filter(Q(visibility=Visibility.PUBLIC.value) | Q(tenant=subject.tenant or None))


def visible_to(subject: Subject) -> Callable[[SavedQuestion], bool]:
    """Return what tells whether the subject may see a saved question: who it is for, and all data sets known to them."""
    known = rights.known(subject)
    names = rights.snapshot().names

    def visible(row: SavedQuestion) -> bool:
        if not all(names.get((tenant, slug)) in known for tenant, _, slug in (n.partition(".") for n in row.datasets)):
            return False
        if subject.kind is SubjectKind.OPERATOR or _owns(subject, row):
            return True
        reach = REACH.get(Visibility(row.visibility))
        return reach is not None and rights.sees(subject, tenant=row.tenant, unit=str(row.unit), visibility=reach)

    return visible


def _owns(subject: Subject, row: SavedQuestion) -> bool:
    return subject.kind is SubjectKind.PERSON and subject.id == row.owner and subject.tenant == row.tenant


def _changeable(subject: Subject) -> Callable[[SavedQuestion], bool]:
    """The owner, and who describes the data of the unit that keeps it: an account that is closed leaves no orphan."""
    describes = rights.somewhere(subject, Action.DESCRIBE)

    def changeable(row: SavedQuestion) -> bool:
        if _owns(subject, row) or subject.kind is SubjectKind.OPERATOR:
            return True
        if not describes or Visibility(row.visibility) is Visibility.OWNER or subject.tenant != row.tenant:
            return False
        return rights.may(subject, Action.DESCRIBE, row.tenant, str(row.unit))

    return changeable


def may_change(subject: Subject, row: SavedQuestion) -> bool:
    """Return whether the subject may change or delete the question."""
    return _changeable(subject)(row)


def view(row: SavedQuestion, subject: Subject, changeable: bool) -> SavedView:
    """Return a saved question as a value."""
    return SavedView(
        id=str(row.id),
        tenant=row.tenant,
        unit=str(row.unit),
        title=row.title,
        note=row.note,
        purpose=row.purpose,
        visibility=Visibility(row.visibility),
        question=read_question(row.question),
        mine=_owns(subject, row),
        changeable=changeable,
        changed_at=row.changed_at,
    )
