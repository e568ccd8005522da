# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Databases and interfaces opened in the page: looked at in the sandbox, over the places an administrator allowed.

Their secret stays here, sealed, for an hour at most; it is in no page and in no form's hidden field.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from allmende.engine.connection import Fetch, Http, MySQL, Postgres
from allmende.engine.look import look_at_database, look_at_file, look_at_table
from allmende.engine.mapping import Json
from allmende.engine.plan import Attachment
from allmende.hub.domain import uploads
from allmende.hub.domain.addresses import stay_inside
from allmende.hub.domain.connections import check_place
from allmende.hub.domain.reading import places_of, reached_of
from allmende.hub.domain.uploads import Opened, Upload
from allmende.hub.tools import tools, wait
from allmende.kernel.errors import Invalid
from allmende.kernel.ids import new_id
from allmende.kernel.text import Text
from allmende.rights import door as rights
from allmende.rights.terms import Action, Subject


def open_database(actor: Subject, leads_to: Postgres | MySQL, *, tenant: str, unit: str, password: str) -> Opened:
    """Open a database and list its tables. Needs CONNECT and DESCRIBE in the unit, as saving will.

    Raises AddressRefused, SourceDown, and Invalid where the role sees no table.
    """
    _require(actor, tenant, unit)
    stay_inside(actor, tenant)
    id_ = new_id()
    sealed = tools().seal(password, id_) if password else ""
    opened = Opened(id=id_, tenant=tenant, person=actor.id, unit=unit, leads_to=leads_to, secret=sealed, tables=())
    check_place(uploads.unsaved(opened))
    attachment = _attachment(opened)
    tables = look_at_database(attachment, run=lambda relation: tools().rows(relation, source=leads_to.host))
    if not tables:
        raise Invalid(
            Text(
                "Dieser Benutzer sieht in der Datenbank keine Tabelle. Er braucht das Recht, sie zu lesen.",
                "This user sees no table in the database. It needs the right to read them.",
            ),
            field="user",
        )
    opened = msgspec.structs.replace(opened, tables=tables)
    uploads.write(uploads.opened_of(tenant) / f"{id_}.tables", opened)
    return opened


def find_opened(actor: Subject, opened: str) -> Opened:
    """Return a database of the actor's own opening; raises NotFound, and Forbidden as :func:`uploads.find` does."""
    found = uploads.read_own(actor, uploads.opened_of(actor.tenant) / f"{opened}.tables", opened, Opened)
    if found is None:
        raise uploads.none()
    _require(actor, found.tenant, found.unit)
    return found


def choose_table(actor: Subject, opened: Opened, number: int) -> Upload:
    """Look at one table of an opened database. Raises SourceDown, AddressRefused."""
    _require(actor, opened.tenant, opened.unit)
    attachment = _attachment(opened)
    seen = look_at_table(
        attachment, opened.tables[number], run=lambda relation: tools().rows(relation, source=opened.leads_to.host)
    )
    upload = Upload(
        id=opened.id,
        tenant=opened.tenant,
        person=opened.person,
        unit=opened.unit,
        file=seen.source,
        mapping=seen.mapping,
        leads_to=opened.leads_to,
        secret=opened.secret,
        reasons=seen.told(),
        preview=seen.preview,
    )
    uploads.write(uploads.opened_of(opened.tenant) / f"{upload.id}.json", upload)
    return upload


def open_interface(actor: Subject, leads_to: Http, what: Fetch, *, tenant: str, unit: str, token: str) -> Upload:
    """Fetch from an interface, each address and redirect checked, and look at the answer.

    Needs CONNECT and DESCRIBE in the unit. Raises AddressRefused, SourceDown, Invalid.
    """
    _require(actor, tenant, unit)
    stay_inside(actor, tenant)
    id_, host = new_id(), urlsplit(leads_to.url).hostname or ""
    folder, _ = wait(tools().located.fetched.folder(id_, leads_to, what, places=places_of(tenant, unit), secret=token))
    (answer,) = [path for path in folder.iterdir() if path.suffix in {".jsonl", ".csv"}]
    seen = look_at_file(
        answer, root=folder, run=lambda relation: tools().rows(relation, source=host), cache=tools().located.cache
    )
    if what.format == "json" and not (isinstance(seen.mapping.read, Json) and seen.mapping.read.lines):
        raise Invalid(
            Text(
                "Die Schnittstelle liefert weniger als zwei Einträge; daran lässt sich nicht sehen, wie sie aussehen.",
                "The interface gives fewer than two records; they do not show what records look like.",
            ),
            field="records",
        )
    upload = Upload(
        id=id_,
        tenant=tenant,
        person=actor.id,
        unit=unit,
        file=host,
        mapping=seen.mapping,
        leads_to=leads_to,
        secret=tools().seal(token, id_) if token else "",
        fetch=what,
        reasons=seen.told(),
        preview=seen.preview,
    )
    uploads.write(uploads.opened_of(tenant) / f"{id_}.json", upload)
    return upload


def _attachment(opened: Opened) -> Attachment:
    reached = reached_of(uploads.unsaved(opened), dataset="", name="", text="")
    return wait(tools().located.server(reached, opened.leads_to, places_of(opened.tenant, opened.unit)))


def _require(actor: Subject, tenant: str, unit: str) -> None:
    rights.require(actor, Action.CONNECT, tenant, unit)
    rights.require(actor, Action.DESCRIBE, tenant, unit)
