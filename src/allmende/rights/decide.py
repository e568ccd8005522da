# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The one decision point. Pure: values in, a decision and its reason out; no I/O, no clock.

Deny beats allow, unknown means no, and obligations accumulate over everything that applies
(docs/decisions/0003-obligations-accumulate.md). The rules are listed in :mod:`allmende.rights.rules`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from allmende.kernel.text import Text
from allmende.rights import rules
from allmende.rights.obligations import TOWN_TIME
from allmende.rights.rules import Rule
from allmende.rights.snapshot import Snapshot
from allmende.rights.terms import (
    Action,
    Attribution,
    Class,
    Decision,
    Decisions,
    Effect,
    Grant,
    GranteeKind,
    Obligation,
    Outcome,
    ReleaseTableOnly,
    Resource,
    Subject,
    SubjectKind,
    Visibility,
)

_SIGNED_IN = frozenset({SubjectKind.PERSON, SubjectKind.SYSTEM})
_NAMES = frozenset({Action.UNVEIL, Action.UNVEIL_PROTECTION, Action.UNVEIL_COUNCIL})


def decide(
    snapshot: Snapshot,
    subject: Subject,
    action: Action,
    resources: Iterable[str],
    purpose: str,
    now: datetime,
) -> Decisions:
    """Decide for each resource id whether ``subject`` may ``know`` or ``read`` it for ``purpose`` at ``now``.

    A resource the snapshot does not hold is answered like one the subject may not know of. An empty purpose
    is none: it opens nothing but what was released to the public. Raises ValueError for other actions, which
    :func:`may` answers.
    """
    if action is not Action.KNOW and action is not Action.READ:
        raise ValueError(f"{action} is about registers, not data: ask may()")
    answers: dict[str, Decision] = {}
    for id_ in resources:
        resource = snapshot.resources.get(id_)
        if resource is None:
            answers[id_] = _absent(id_)
            continue
        question = _Question(snapshot, subject, resource, purpose, now)
        answers[id_] = question.know() if action is Action.KNOW else question.read()
    return Decisions(action=action, purpose=purpose, version=snapshot.version, of=answers)


def resolve(snapshot: Snapshot, subject: Subject, tenant: str, name: str, now: datetime) -> Resource | None:
    """Return the data set called ``tenant.name``; None if there is none or the subject may not know of it."""
    resource = snapshot.find(tenant, name)
    if resource is None or _Question(snapshot, subject, resource, "", now).know().outcome is not Outcome.ALLOW:
        return None
    return resource


def sees(
    snapshot: Snapshot, subject: Subject, *, tenant: str, unit: str, visibility: Visibility, now: datetime
) -> Decision:
    """Decide whether ``subject`` may see something without data that a unit keeps here, a saved question for example.

    By the rules for knowing of data sets: public, the town's administration, or (``units``) the unit itself.
    """
    thing = Resource(
        id="",
        tenant=tenant,
        name="",
        unit=unit,
        cls=Class.INTERNAL,
        visibility=visibility,
        visible_to=frozenset({unit}),
    )
    return _Question(snapshot, subject, thing, "", now).know()


def may(snapshot: Snapshot, subject: Subject, action: Action, tenant: str, unit: str = "") -> Decision:
    """Decide whether ``subject`` may do ``action`` with the registers of ``unit``; "" is the tenant's topmost unit.

    A role is held in a unit and holds for the units below it. ``resource`` of the decision is the unit's id.
    """
    unit = unit or snapshot.roots.get(tenant, "")
    if action is Action.KNOW or action is Action.READ:
        return _register(rules.REGISTER_NOT_DATA, unit)
    if subject.kind is SubjectKind.OPERATOR:
        return _register(rules.REGISTER_NO_NAMES if action in _NAMES else rules.REGISTER_OPERATOR, unit)
    known = snapshot.units.get(unit)
    if subject.kind not in _SIGNED_IN or known is None or known.tenant != tenant or subject.tenant != tenant:
        return _register(rules.REGISTER_TENANT, unit)
    if subject.purposes is not None:
        return _register(rules.REGISTER_TOKEN, unit)
    above = snapshot.above[unit]
    for held in sorted(subject.roles):
        if held.unit in above and action in snapshot.roles.get((tenant, held.role), frozenset()):
            words = rules.REGISTER_ROLE.text
            reason = Text(f"{words.de} Rolle: {held.role}.", f"{words.en} Role: {held.role}.")
            return Decision(resource=unit, outcome=Outcome.ALLOW, rule=rules.REGISTER_ROLE.id, reason=reason)
    roles = sorted(role for (of, role), actions in snapshot.roles.items() if of == tenant and action in actions)
    missing = None
    if roles:
        missing = Text(
            f"Eine dieser Rollen in der Stelle oder einer darüber: {', '.join(roles)}.",
            f"One of these roles in the unit or one above it: {', '.join(roles)}.",
        )
    return _register(rules.REGISTER_NO_ROLE, unit, missing)


def _register(rule: Rule, unit: str, missing: Text | None = None) -> Decision:
    return Decision(resource=unit, outcome=rule.outcome, rule=rule.id, reason=rule.text, missing=missing)


def _absent(resource: str) -> Decision:
    return Decision(resource=resource, outcome=Outcome.ABSENT, rule=rules.ABSENT.id, reason=rules.ABSENT.text)


class _Question:
    """One subject, one resource, one purpose, one moment."""

    __slots__ = (
        "allows",
        "belongs",
        "denies",
        "now",
        "own",
        "purpose",
        "resource",
        "shared",
        "signed_in",
        "snapshot",
        "subject",
    )

    def __init__(self, snapshot: Snapshot, subject: Subject, resource: Resource, purpose: str, now: datetime) -> None:
        self.snapshot = snapshot
        self.subject = subject
        self.resource = resource
        self.purpose = purpose
        self.now = now
        self.signed_in = subject.kind in _SIGNED_IN
        self.own = self.signed_in and subject.tenant == resource.tenant
        self.belongs = _belongs(snapshot, subject)
        self.shared = self.signed_in and subject.tenant in resource.shared_with
        self.allows: list[Grant] = []  # that reach the subject, whatever their time, action and purpose
        self.denies: list[Grant] = []
        self._collect()

    def _collect(self) -> None:
        index = self.snapshot.grants.get(self.resource.id)
        if not index:
            return
        subject = self.subject
        found = list(index.get((GranteeKind.ANYONE, ""), ()))
        if self.signed_in:
            kind = GranteeKind.PERSON if subject.kind is SubjectKind.PERSON else GranteeKind.SYSTEM
            found += index.get((kind, subject.id), ())
            found += index.get((GranteeKind.TENANT, subject.tenant), ())
            for unit in subject.units:
                found += index.get((GranteeKind.UNIT, unit), ())
            if self.own:
                for role in {held.role for held in subject.roles}:
                    found += index.get((GranteeKind.ROLE, role), ())
        found.sort(key=lambda grant: grant.id)
        for grant in found:
            if grant.effect is Effect.DENY:
                self.denies.append(grant)
            elif self._counts(grant):
                self.allows.append(grant)

    def _counts(self, grant: Grant) -> bool:
        """Whether an allowing grant may take effect for the subject at all."""
        if grant.grantee_kind is GranteeKind.TENANT:
            return self.subject.administration
        if grant.grantee_kind is GranteeKind.ANYONE and self._special():
            return False
        if grant.grantee_kind is GranteeKind.UNIT and grant.grantee not in self.belongs:
            return False
        return self.own or self.shared  # no grant crosses a tenant's border by itself, none reaches the public

    def _holds(self, grant: Grant) -> bool:
        return (grant.valid_from is None or grant.valid_from <= self.now) and (
            grant.valid_until is None or self.now < grant.valid_until
        )

    def _special(self) -> bool:
        return self.resource.cls is Class.PERSONAL or bool(self.resource.secrets)

    def _released(self) -> bool:
        return self.resource.cls is Class.OPEN and self.resource.released and not self._special()

    def _owner(self) -> bool:
        return self.own and self.resource.unit in self.belongs

    # --- know -------------------------------------------------------------------------------------------------

    def know(self) -> Decision:
        rule, grants = self._know()
        if rule is rules.ABSENT:
            return _absent(self.resource.id)
        reason = _resting(rule.text, self.snapshot, grants)
        names = tuple(grant.id for grant in grants)
        return Decision(resource=self.resource.id, outcome=Outcome.ALLOW, rule=rule.id, reason=reason, grants=names)

    def _know(self) -> tuple[Rule, list[Grant]]:
        resource, subject = self.resource, self.subject
        if subject.kind is SubjectKind.OPERATOR:
            return rules.KNOW_OPERATOR, []
        for grant in self.denies:
            if Action.KNOW in grant.actions and self._holds(grant):
                return rules.ABSENT, []
        if resource.visibility is Visibility.PUBLIC or self._released():
            return rules.KNOW_PUBLIC, []
        if self._owner():
            return rules.KNOW_OWNER, []
        if resource.visibility is Visibility.ADMINISTRATION and subject.administration:
            if self.own:
                return rules.KNOW_ADMINISTRATION, []
            if self.shared:
                return rules.KNOW_SHARED, []
        if resource.visibility is Visibility.UNITS and self._named_unit():
            return rules.KNOW_UNITS, []
        grants = [grant for grant in self.allows if self._holds(grant) and not grant.actions.isdisjoint(_KNOWING)]
        return (rules.KNOW_GRANT, grants) if grants else (rules.ABSENT, [])

    def _named_unit(self) -> bool:
        return (self.own or self.shared) and not self.resource.visible_to.isdisjoint(self.belongs)

    # --- read -------------------------------------------------------------------------------------------------

    def read(self) -> Decision:
        if self._know()[0] is rules.ABSENT:
            return _absent(self.resource.id)
        if self.subject.kind is SubjectKind.OPERATOR:
            return self._no(rules.READ_OPERATOR)
        against = [grant for grant in self.denies if self._forbids(grant)]
        if against:
            return self._no(rules.READ_DENIED, grants=against)
        bound = self.subject.purposes
        if self.purpose and bound is not None and self.purpose not in bound:
            return self._no(rules.READ_TOKEN, missing=_TOKEN_MISSING)
        matching = [grant for grant in self.allows if Action.READ in grant.actions and self.purpose in grant.purposes]
        applying = [grant for grant in matching if self._holds(grant)] if self.purpose else []
        rule, resting_on = self._rows(applying)
        if rule is not None:
            return self._yes(rule, resting_on, applying)
        if self._release_table():
            return self._yes(rules.READ_RELEASE_TABLE, [], applying, ReleaseTableOnly(self.resource.release_table))
        return self._refuse(expired=[grant for grant in matching if not self._holds(grant)])

    def _forbids(self, grant: Grant) -> bool:
        """A purpose that was not stated could be the denied one."""
        return (
            Action.READ in grant.actions
            and self._holds(grant)
            and (not grant.purposes or not self.purpose or self.purpose in grant.purposes)
        )

    def _rows(self, applying: list[Grant]) -> tuple[Rule | None, list[Grant]]:
        """Return the rule that opens the rows, and the grants it rests on."""
        resource = self.resource
        if self._special():
            lawful = [grant for grant in applying if grant.legal_basis.strip()]
            return (rules.READ_LEGAL_BASIS, lawful) if lawful else (None, [])
        if self._released():
            return rules.READ_OPEN, []
        if self.purpose and self.purpose in resource.purposes:
            inside = self.own and self.subject.administration
            if inside and resource.cls is not Class.RESTRICTED:
                return rules.READ_INTERNAL, []
            if self._owner():
                return rules.READ_OWNER, []
        return (rules.READ_GRANT, applying) if applying else (None, [])

    def _release_table(self) -> bool:
        resource = self.resource
        if not resource.release_table:
            return False
        if resource.release_table_for is Visibility.PUBLIC:
            return True
        return self.purpose in resource.purposes and self._among_its_readers()

    def _among_its_readers(self) -> bool:
        """Whether the release table is for the subject, were the purpose one of those laid down."""
        resource = self.resource
        if resource.release_table_for is Visibility.ADMINISTRATION:
            return (self.own or self.shared) and self.subject.administration
        return self._owner() or self._named_unit()

    def _yes(self, rule: Rule, resting_on: list[Grant], applying: list[Grant], *more: Obligation) -> Decision:
        resource = self.resource
        obligations: dict[Obligation, None] = dict.fromkeys((*more, *resource.obligations))
        if resource.attribution:
            obligations[Attribution(resource.attribution)] = None
        for grant in applying:
            obligations.update(dict.fromkeys(grant.obligations))
        tables = [o for o in obligations if isinstance(o, ReleaseTableOnly)]
        if tables:
            if not resource.release_table or any(o.table not in ("", resource.release_table) for o in tables):
                return self._no(rules.READ_NO_RELEASE_TABLE, grants=applying)
            for obligation in tables:
                del obligations[obligation]
            obligations = {ReleaseTableOnly(resource.release_table): None, **obligations}
        return Decision(
            resource=resource.id,
            outcome=Outcome.ALLOW,
            rule=rule.id,
            reason=_resting(rule.text, self.snapshot, resting_on),
            obligations=tuple(obligations),
            grants=tuple(grant.id for grant in applying),
        )

    def _refuse(self, *, expired: list[Grant]) -> Decision:
        if not self.purpose:
            return self._no(rules.READ_NO_PURPOSE, missing=_PURPOSE_MISSING)
        if expired:
            return self._no(rules.READ_EXPIRED, grants=expired, missing=_EXPIRED_MISSING)
        title = self.snapshot.purpose_title(self.resource.tenant, self.purpose)
        if self._special():
            missing = Text(
                f"Eine Nutzungserlaubnis, die eine Rechtsgrundlage nennt und den Zweck „{title.de}“ umfasst.",
                f"A grant that names a legal basis and covers the purpose “{title.en}”.",
            )
            if self.resource.release_table and self._among_its_readers():
                missing = Text(
                    f"{missing.de} Oder für die geschützte Auswertungstabelle: dass der Zweck „{title.de}“ unter die "
                    "Zwecke des Datensatzes aufgenommen wird.",
                    f"{missing.en} Or, for the protected release table: that the purpose “{title.en}” is laid down among "
                    "the purposes of the data set.",
                )
            return self._no(rules.READ_NO_LEGAL_BASIS, missing=missing)
        missing = Text(f"Eine Nutzungserlaubnis für den Zweck „{title.de}“.", f"A grant for the purpose “{title.en}”.")
        inside = self._owner() or (
            self.own and self.subject.administration and self.resource.cls is not Class.RESTRICTED
        )
        granted = any(Action.READ in grant.actions and self._holds(grant) for grant in self.allows)
        return self._no(rules.READ_PURPOSE if inside or granted else rules.READ_NO_RULE, missing=missing)

    def _no(self, rule: Rule, *, grants: Iterable[Grant] = (), missing: Text | None = None) -> Decision:
        listed = list(grants)
        return Decision(
            resource=self.resource.id,
            outcome=Outcome.DENY,
            rule=rule.id,
            reason=_resting(rule.text, self.snapshot, listed),
            grants=tuple(grant.id for grant in listed),
            missing=missing,
            ask=self.resource.ask,
        )


def _belongs(snapshot: Snapshot, subject: Subject) -> frozenset[str]:
    """Return the units whose rights are the subject's too: its own and those above it.

    The staff of a company, a partner or an association do not belong to the town above it (001 E6).
    """
    if subject.administration:
        return subject.units
    units = snapshot.units
    return frozenset(unit for unit in subject.units if unit in units and not units[unit].administration)


_KNOWING = frozenset({Action.KNOW, Action.READ})
_TOKEN_MISSING = Text("Ein Zugangsschlüssel, der diesen Zweck umfasst.", "A token that covers this purpose.")
_PURPOSE_MISSING = Text("Die Angabe, zu welchem Zweck gelesen wird.", "The purpose for which the data are read.")
_EXPIRED_MISSING = Text("Eine Verlängerung der Nutzungserlaubnis.", "An extension of the grant.")


def named(snapshot: Snapshot, grant: Grant) -> Text:
    """Return a grant or denial in words: what it is, when it was given by which unit, for what, until when, on what.

    The unit is that of who gave it; where that is not known, the one that answers for the data set. Nobody is named.
    """
    resource = snapshot.resources.get(grant.resource)
    unit = snapshot.units.get(grant.given_unit) or (snapshot.units.get(resource.unit) if resource else None)
    allows = grant.effect is Effect.ALLOW
    de, en = ("Nutzungserlaubnis", "grant") if allows else ("Untersagung", "denial")
    if grant.given_at is not None:
        de, en = f"{de} vom {_day(grant.given_at)}", f"{en} of {_day(grant.given_at)}"
    if unit is not None and unit.name.de:
        de, en = f"{de} ({unit.name.de})", f"{en} ({unit.name.en or unit.name.de})"
    if grant.purposes and resource is not None:
        titles = [snapshot.purpose_title(resource.tenant, purpose) for purpose in sorted(grant.purposes)]
        de, en = f"{de} für {', '.join(t.de for t in titles)}", f"{en} for {', '.join(t.en for t in titles)}"
    if grant.valid_until is not None:
        last = _day(grant.valid_until - timedelta(microseconds=1))  # it ends just before that moment
        de, en = f"{de}, gilt bis {last}", f"{en}, valid until {last}"
    if grant.legal_basis.strip():
        de, en = (
            f"{de}, Rechtsgrundlage: {grant.legal_basis.strip()}",
            f"{en}, legal basis: {grant.legal_basis.strip()}",
        )
    return Text(de, en)


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(TOWN_TIME):%d.%m.%Y}"


def _resting(words: Text, snapshot: Snapshot, grants: Iterable[Grant]) -> Text:
    """Return the rule's words with the grants it rests on."""
    listed = [named(snapshot, grant) for grant in grants]
    if not listed:
        return words
    return Text(
        f"{words.de} Grundlage: {'; '.join(t.de for t in listed)}.",
        f"{words.en} Resting on: {'; '.join(t.en for t in listed)}.",
    )
