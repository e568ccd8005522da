# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reading a source in the sandbox to say what is in it: the reports shown when connecting and in the register."""

from __future__ import annotations

from pathlib import Path

import msgspec

from allmende.catalogue.terms import Mode
from allmende.engine.mapping import compile_relation
from allmende.engine.plan import Relation
from allmende.engine.report import Report, report
from allmende.hub.breaker import Breaker
from allmende.hub.located import Parts
from allmende.hub.models import AllowedAddress, Binding, Connection
from allmende.hub.places import Place, Places
from allmende.hub.registered import Reached
from allmende.hub.tools import tools, wait
from allmende.kernel.errors import SourceDown
from allmende.kernel.text import Text
from allmende.rights import door as rights


def places_of(tenant: str, unit: object) -> Places:
    """Return the places the connections of a unit's sources may use."""
    rows = AllowedAddress.objects.filter(tenant=tenant).values_list("place", "port", "unit")
    allowed = [Place(place, port, str(given or "")) for place, port, given in rows]
    return Places.of(allowed, rights.snapshot(), tenant, str(unit))


def reached_of(connection: Connection, *, dataset: str, name: str, text: str, mapping: str = "") -> Reached:
    """Return how a data set is reached over a connection, saved or not."""
    return Reached(
        dataset=dataset,
        tenant=connection.tenant,
        name=name,
        mode=Mode.DIRECT,
        source=connection.source.name,
        unit=str(connection.source.unit),
        connection=str(connection.id),
        leads_to=connection.reached_at,
        root=connection.root,
        secret=connection.secret,
        enabled=True,
        breaker=Breaker(),
        connect_timeout_s=connection.connect_timeout_s,
        statement_timeout_s=connection.statement_timeout_s,
        last_contact=None,
        error=Text("", ""),
        reading=text,
        mapping_id=mapping,
    )


def bound(binding: Binding) -> Reached:
    """Return how a saved data set is reached at its source."""
    text = binding.mapping.text if binding.mapping is not None else ""
    return reached_of(
        binding.connection, dataset=str(binding.dataset), name=binding.name, text=text, mapping=str(binding.mapping_id)
    )


def parts_of(reached: Reached) -> Parts:
    """Return what has to be read, checked against the places allowed now."""
    return wait(tools().located.parts(reached, places_of(reached.tenant, reached.unit)))


def relation_of(reached: Reached) -> Relation:
    """Return the relation that reads the data set at its source, now."""
    parts = parts_of(reached)
    return compile_relation(parts.reading.mapping, files=parts.files, attachments=parts.attachments)


def report_on(reached: Reached, *, samples: bool) -> Report:
    """Read the data set at its source and return what was met. Raises SourceDown if none of it could be read."""
    parts = parts_of(reached)
    compile_relation(parts.reading.mapping, files=parts.files, attachments=parts.attachments)  # a misfit speaks first
    found = report(
        parts.reading.mapping,
        run=lambda relation: tools().rows(relation, source=reached.source),
        files=parts.files,
        attachments=parts.attachments,
        samples=samples,
    )
    problems = [f.problem for f in found.files if f.problem]
    if problems and len(problems) == len(found.files):
        raise SourceDown(problems[0], source=reached.source, datasets=[f"{reached.tenant}.{reached.name}"])
    return found


def try_out(reached: Reached) -> None:
    """Read one row, to see whether the source answers. Raises SourceDown and what else may be wrong."""
    relation = relation_of(reached)
    one = msgspec.structs.replace(relation, sql=f"SELECT * FROM ({relation.sql}) AS tried LIMIT 1")  # noqa: S608 (both parts are our own)
    tools().arrow(one, source=reached.source)


def root_of(given: str) -> str:
    """Return the folder of files as it is kept: absolute, links resolved."""
    return str(Path(given).resolve()) if given else ""
