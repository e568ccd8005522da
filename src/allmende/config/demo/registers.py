# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The registers of the practice town, entered through the doors of the rooms by the operator.

Every step looks first whether it was done: a start that was torn goes on where it stopped. What people in the practice
town change afterwards stays.
"""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any

import msgspec

from allmende.catalogue import door as catalogue
from allmende.catalogue.terms import Anonymised
from allmende.config.demo.cast import Persona, Program, cast
from allmende.config.demo.counting import Login
from allmende.config.demo.events import HOST
from allmende.engine import connection as connections
from allmende.hub import door as hub
from allmende.hub.terms import ConnectionDraft
from allmende.insight import door as insight
from allmende.organisations import door as organisations
from allmende.organisations.terms import SecondFactor, TenantDraft, UnitDraft
from allmende.rights import door as rights
from allmende.rights.terms import OPERATOR, Class, GranteeKind

_FILES = Path(__file__).parent / "connections"
_NOTE = "Übungsstadt"

#: The connections in the order in which they are made: town, connection file, folder of its files ("": none).
_CONNECTIONS = (
    ("auenstadt", "luft", "luft"),
    ("auenstadt", "verkehr", ""),
    ("auenstadt", "strassen_vermessung", "vermessung"),
    ("auenstadt", "strassen_tiefbau", "tiefbau"),
    ("auenstadt", "baeume", "baeume"),
    ("auenstadt", "raum", "raum"),
    ("auenstadt", "energie", "energie"),
    ("auenstadt", "klinikum", "klinikum"),
    ("auenstadt", "einwohner", "einwohner"),
    ("auenstadt", "veranstaltungen", ""),
    ("rieth", "pegel", "rieth"),
)

#: Roles that are held in the persona's own unit; all others hold for the whole town, for people of its administration.
_OF_THE_UNIT = frozenset({"data_owner", "fachamt", "staff"})

Place = tuple[str, int | None]


def enter_towns(password: str) -> None:
    """Enter towns, purposes, units, people with their roles, and programs. ``password`` is everybody's."""
    there = {town.slug for town in organisations.tenants()}
    for town in cast().towns:
        if town.slug not in there:
            draft = TenantDraft(
                slug=town.slug,
                name=town.name,
                ags=town.ags,
                colour=town.colour,
                practice=True,
                profile=town.profile,
                second_factor=SecondFactor.NOBODY,
            )
            organisations.create_tenant(OPERATOR, draft)
        known = rights.snapshot().purposes
        for purpose in cast().purposes:
            if (town.slug, purpose.slug) not in known:
                rights.define_purpose(
                    OPERATOR, town.slug, slug=purpose.slug, title=purpose.title, concept=purpose.concept
                )
    for unit in cast().units:
        if unit.slug not in units_of(unit.town):
            place = UnitDraft(
                slug=unit.slug, name=unit.name, kind=unit.kind, legal_form=unit.legal_form, share=unit.share
            )
            organisations.create_unit(OPERATOR, place, tenant=unit.town)
    for persona in cast().people:
        if persona.email not in people_of(persona.town):
            _enter_person(persona, password)
    for program in cast().systems:
        if program.slug not in systems_of(program.town):
            home = units_of(program.town)[program.unit]
            organisations.create_system(OPERATOR, tenant=program.town, unit=home, slug=program.slug, name=program.name)


def _enter_person(persona: Persona, password: str) -> None:
    town, home = persona.town, units_of(persona.town)[persona.unit]
    person = organisations.create_person(
        OPERATOR, tenant=town, unit=home, name=persona.name, email=persona.email, password=password
    )
    outside = not organisations.unit(town, home).administration
    for role in persona.roles:
        where = home if outside or role in _OF_THE_UNIT else organisations.tenant(town).root
        organisations.give_role(OPERATOR, tenant=town, person=person.id, role=role, unit=where)


def enter_connections(systems: Path, *, login: Login, events_port: int) -> None:
    """Connect the town's systems, whose files lie below ``systems``; once, and anew where one has moved."""
    known = {town.slug: _places(town.slug) for town in cast().towns}
    for town, name, folder in _CONNECTIONS:
        file = connections.read(_FILES / f"{name}.toml")
        source, secret = file.source, ""
        place: Place = (str((systems / folder).resolve()), None)
        if isinstance(source, connections.Postgres):
            source = msgspec.structs.replace(
                source, host=login.host, port=login.port, database=login.database, user=login.user
            )
            place = _place(login.host, login.port)
            secret = login.password
        elif isinstance(source, connections.Http):
            source = msgspec.structs.replace(source, url=f"http://{HOST}:{events_port}")
            place = _place(HOST, events_port)
        if known[town].get(name) == place:
            continue
        _allow_only(town, name, place)
        draft = ConnectionDraft(
            file=msgspec.structs.replace(file, source=source), root=place[0] if folder else "", secret=secret
        )
        hub.connect(OPERATOR, draft, tenant=town)


def _place(host: str, port: int) -> Place:
    """Return a host as the register of allowed places writes it: a socket's folder, a network of one, or a name."""
    if host.startswith("/"):
        return str(Path(host).resolve()), None
    try:
        return str(ipaddress.ip_network(host)), port
    except ValueError:
        return host.lower(), port


def _reason(name: str) -> str:
    return f"{_NOTE}: {name}"


def _places(town: str) -> dict[str, Place]:
    """Return the place that was allowed for each connection that is there."""
    allowed = {a.reason: (a.place, a.port) for a in hub.allowed_addresses(OPERATOR, tenant=town)}
    made = [c.slug for source in hub.sources(OPERATOR, tenant=town) for c in source.connections]
    return {name: allowed[_reason(name)] for name in made if _reason(name) in allowed}


def _allow_only(town: str, name: str, place: Place) -> None:
    """Allow the one place of a connection, and take back where it led before."""
    for allowed in hub.allowed_addresses(OPERATOR, tenant=town):
        if allowed.reason == _reason(name) and (allowed.place, allowed.port) != place:
            hub.forbid_address(OPERATOR, tenant=town, address=allowed.id)
    hub.allow_address(OPERATOR, tenant=town, place=place[0], port=place[1], reason=_reason(name))


def enter_rules() -> None:
    """Enter releases, what was anonymised late, sharing with the neighbour, grants, and the protected tables."""
    for decision in cast().open:
        for name in decision.datasets:
            dataset = dataset_id(decision.town, name)
            if not rights.snapshot().resources[dataset].released:
                catalogue.release_dataset(OPERATOR, dataset, reason=decision.reason)
    app = dataset_id("auenstadt", "radwege_app")
    if catalogue.draft(OPERATOR, app)[0].anonymised is not Anonymised.LATER:
        reason = "Die App zeichnet Wege einzelner auf; zusammengefasst wird danach."
        catalogue.set_class(OPERATOR, app, cls=Class.INTERNAL, anonymised=Anonymised.LATER, reason=reason)
    for grant in cast().grants:
        town, name = grant.dataset.split(".")
        dataset = dataset_id(town, name)
        if grant.other_town and grant.other_town not in rights.snapshot().resources[dataset].shared_with:
            catalogue.share_with_tenant(OPERATOR, dataset, tenant=grant.other_town)
        given = {g.note for grants in rights.snapshot().grants.get(dataset, {}).values() for g in grants}
        if _reason(grant.key) not in given:
            draft = rights.GrantDraft(
                resource=dataset,
                grantee_kind=GranteeKind.TENANT if grant.other_town else GranteeKind.UNIT,
                grantee=grant.other_town or units_of(town)[grant.unit],
                purposes=frozenset(grant.purposes),
                obligations=grant.obligations,
                legal_basis=grant.legal_basis,
                note=_reason(grant.key),
            )
            rights.give_grant(OPERATOR, draft)
    residents = connections.read(_FILES / "einwohner.toml")
    if residents.release is not None and not hub.release_versions(OPERATOR, tenant="auenstadt"):
        hub.make_release_version(OPERATOR, residents.release, tenant="auenstadt")


def enter_questions() -> None:
    """Keep the town's saved questions, each in the unit it is of use to; once. What people change afterwards stays."""
    kept = {(one.tenant, one.title) for one in insight.saved(OPERATOR)}
    for saved in cast().questions:
        if (saved.town, saved.title) not in kept:
            draft = insight.QuestionDraft(
                question=saved.question,
                title=saved.title,
                note=saved.note,
                purpose=saved.purpose,
                visibility=saved.visibility,
            )
            insight.save_question(OPERATOR, draft, tenant=saved.town, unit=units_of(saved.town)[saved.unit])


def issue_tokens() -> dict[str, dict[str, Any]]:
    """Issue a token for each persona and program; return what ``demo-tokens.json`` holds. The secrets are only here."""
    issued: dict[str, dict[str, Any]] = {}
    for persona in cast().people:
        held = organisations.person(persona.town, people_of(persona.town)[persona.email])
        roles = ", ".join(role.role_title.de for role in held.roles)
        issued[persona.key] = _token(persona, roles or "keine Rolle", person=held.id)
    for program in cast().systems:
        system = systems_of(program.town)[program.slug]
        issued[program.key] = _token(program, "Programm", system=system)
    return issued


def _token(holder: Persona | Program, role: str, *, person: str = "", system: str = "") -> dict[str, Any]:
    names = {unit.slug: unit.name.de for unit in organisations.units(holder.town)}
    token = organisations.issue_token(
        OPERATOR, tenant=holder.town, label=_NOTE, purposes=holder.purposes, person=person, system=system
    )
    return {
        "token": token.secret,
        "name": holder.name,
        "unit": names[holder.unit],
        "role": role,
        "purposes": list(holder.purposes),
        "tenant": holder.town,
    }


def units_of(town: str) -> dict[str, str]:
    """Return the ids of the town's units by slug."""
    return {unit.slug: unit.id for unit in organisations.units(town)}


def people_of(town: str) -> dict[str, str]:
    """Return the ids of the town's people by e-mail address."""
    return {person.email: person.id for person in organisations.people(town)}


def systems_of(town: str) -> dict[str, str]:
    """Return the ids of the town's programs by slug."""
    return {system.slug: system.id for system in organisations.systems(town)}


def dataset_id(town: str, name: str) -> str:
    """Return the id of a data set."""
    return rights.snapshot().names[town, name]
