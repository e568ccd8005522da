# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reads on towns and units."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, Q, Subquery

from allmende.kernel.errors import NotFound
from allmende.kernel.text import Text
from allmende.organisations.models import Tenant, Unit
from allmende.organisations.terms import ADMINISTRATION, LegalForm, SecondFactor, TenantView, UnitKind, UnitView


def no_such(what: Text) -> NotFound:
    """Return the one answer for what does not exist and for what belongs to another town."""
    return NotFound(Text(f"{what.de} gibt es hier nicht.", f"There is no such {what.en} here."))


UNIT = Text("Diese Stelle", "unit")
PERSON = Text("Diese Person", "person")
TOKEN = Text("Dieses Token", "token")
ROLE = Text("Diese Rolle", "role")
SYSTEM = Text("Dieses Programm", "program")
TENANT = Text("Diese Kommune", "town")


def as_uuid(value: str, what: Text) -> UUID:
    """Return ``value`` as UUID; what is none names nothing."""
    try:
        return UUID(value)
    except ValueError:
        raise no_such(what) from None


class Tree:
    """The units of one town with everything that follows from their place."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self._rows = {str(unit.id): unit for unit in units}
        self._children: dict[str, list[str]] = {}
        for key, unit in self._rows.items():
            self._children.setdefault(str(unit.parent_id) if unit.parent_id else "", []).append(key)

    def __contains__(self, unit: str) -> bool:
        return unit in self._rows

    @property
    def root(self) -> str:
        """Id of the root unit."""
        return self._children[""][0]

    def path(self, unit: str) -> tuple[str, ...]:
        """Return the ids from the root down to the unit itself."""
        path = [unit]
        while (parent := self._rows[path[-1]].parent_id) is not None:
            path.append(str(parent))
        return tuple(reversed(path))

    def administration(self, unit: str) -> bool:
        """Return whether the unit's people are the town's administration."""
        return all(UnitKind(self._rows[key].kind) in ADMINISTRATION for key in self.path(unit))

    def below(self, unit: str) -> frozenset[str]:
        """Return the unit and all units below it."""
        found, open_ = set[str](), [unit]
        while open_:
            key = open_.pop()
            found.add(key)
            open_.extend(self._children.get(key, ()))
        return frozenset(found)

    def view(self, unit: str) -> UnitView:
        """Return one unit; raises NotFound where the town has none such."""
        row = self._rows.get(unit)
        if row is None:
            raise no_such(UNIT)
        path = self.path(unit)
        return UnitView(
            id=unit,
            tenant=row.tenant_id,
            parent=str(row.parent_id) if row.parent_id else "",
            slug=row.slug,
            name=row.name,
            kind=UnitKind(row.kind),
            legal_form=LegalForm(row.legal_form),
            share=row.share,
            contact=row.contact,
            technical=row.technical,
            administration=self.administration(unit),
            depth=len(path) - 1,
            path=path,
            active=row.active,
        )

    def views(self) -> Iterator[UnitView]:
        """Yield all units, each below its parent, siblings in alphabetical order of their German names."""
        open_ = list(self._children.get("", ()))
        while open_:
            key = open_.pop()
            yield self.view(key)
            children = self._children.get(key, ())
            open_.extend(sorted(children, key=lambda child: sort_key(self._rows[child].name_de), reverse=True))


_ORDER = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss", "é": "e", "è": "e", "á": "a", "ó": "o"})


def sort_key(words: str) -> str:
    """Return a key that sorts as a German dictionary does (DIN 5007-1: umlauts like their base letters)."""
    return words.lower().translate(_ORDER)


def tree(tenant: str) -> Tree:
    """Return the town's units (one query)."""
    return Tree(Unit.objects.filter(tenant_id=tenant))


def tenant_view(tenant: Tenant, root: str) -> TenantView:
    """Return a town as a value."""
    return TenantView(
        slug=tenant.slug,
        name=tenant.name,
        ags=tenant.ags,
        land=tenant.land,
        colour=tenant.colour,
        practice=tenant.practice,
        profile=tenant.profile,
        second_factor=SecondFactor(tenant.second_factor),
        root=root,
        inhabitants=tenant.inhabitants,
        arms=tenant.arms.mark if hasattr(tenant, "arms") else "",
    )


def tenants() -> list[TenantView]:
    """Return every town on this installation. For the command line and for the choice of a public page only."""
    roots = {unit.tenant_id: str(unit.id) for unit in Unit.objects.filter(parent=None)}
    found = [
        tenant_view(tenant, roots[tenant.slug])
        for tenant in Tenant.objects.select_related("arms").defer("arms__content")
    ]
    return sorted(found, key=lambda view: sort_key(view.name))


def alongside(tenant: str) -> Q:
    """Return the condition on rows with a ``tenant`` that keeps practice towns and real ones apart.

    Somebody of ``tenant`` sees towns of the same kind; visitors ("") the real ones, and practice towns where there is no
    real one or the demo runs.
    """
    if tenant:
        return Q(tenant__practice=Subquery(Tenant.objects.filter(slug=tenant).values("practice")))
    if settings.DEMO:
        return Q(tenant__practice=True)
    return Q(tenant__practice=~Exists(Tenant.objects.filter(practice=False)))


def towns_alongside(tenant: str) -> frozenset[str]:
    """Return the towns :func:`alongside` leaves, for rows that hold a town's short name only (one query)."""
    practice = dict(Tenant.objects.values_list("slug", "practice"))
    wanted = practice.get(tenant, bool(settings.DEMO) or all(practice.values()))
    return frozenset(slug for slug, one in practice.items() if one == wanted)


def beside_a_real_town(tenant: str) -> bool:
    """Return whether this is a practice town and there is a real one on the installation too."""
    return tenant in practice_towns() and Tenant.objects.filter(practice=False).exists()


def practice_towns() -> frozenset[str]:
    """Return the slugs of the practice towns."""
    return frozenset(Tenant.objects.filter(practice=True).values_list("slug", flat=True))


def tenant(slug: str) -> TenantView:
    """Return one town; raises NotFound."""
    row = Tenant.objects.filter(slug=slug).select_related("arms").defer("arms__content").first()
    if row is None:
        raise no_such(TENANT)
    return tenant_view(row, str(Unit.objects.values_list("id", flat=True).get(tenant=row, parent=None)))
