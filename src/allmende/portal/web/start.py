# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The guided start: six questions, one page each, without JavaScript; each can be left and taken up again.

The first three are answered by whoever entered the start code; the third makes the town and signs its first administrator
in, who answers the others. Afterwards the first two change what was said.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from allmende.catalogue import door as catalogue
from allmende.catalogue.terms import Filters
from allmende.kernel.errors import Problem
from allmende.kernel.text import Text
from allmende.organisations import door as organisations
from allmende.organisations.terms import RoleView, SecondFactor, UnitDraft
from allmende.portal import start
from allmende.portal.site import OWN
from allmende.portal.web.frame import shown
from allmende.portal.web.start_forms import (
    CodeForm,
    DirectoryForm,
    FounderForm,
    InviteForm,
    LooksForm,
    SigninForm,
    TownForm,
)
from allmende.rights.terms import Subject
from allmende.webkit.colours import ENOUGH, contrast, readable
from allmende.webkit.forms import refused

#: The roles of a small town, which one may be invited for.
PROFILE = "kleinstadt"


@require_POST
@never_cache
def code(request: HttpRequest) -> HttpResponse:
    """Take the start code."""
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            mark = organisations.enter_code(form.cleaned_data["code"])
        except Problem as problem:
            refused(form, problem)
        else:
            request.session.cycle_key()
            request.session[start.MARK] = mark
            return redirect("start")
    return welcome(request, form, status=400)


def welcome(request: HttpRequest, form: CodeForm | None = None, *, status: int = 200) -> HttpResponse:
    """Show the first page of an empty installation."""
    held = organisations.holds_start(str(request.session.get(start.MARK, "")))
    context = {"form": form or CodeForm(), "held": held, "steps": [step.title for step in start.STEPS]}
    return render(request, "portal/start/welcome.html", context, status=status)


@never_cache
def overview(request: HttpRequest) -> HttpResponse:
    """Go to the first question that is open; show all when none is."""
    return redirect(start.next_page(start.asker(request)))


@never_cache
def town(request: HttpRequest) -> HttpResponse:
    """Ask which municipality; later: its name and inhabitants."""
    who = start.asker(request)
    if "directory" in request.FILES or "read" in request.POST:
        return _read_directory(request, who)
    form = TownForm(request.POST or None, founding=who.founding, initial=_town_known(who))
    if "look" in request.POST:
        return _looked_up(request, who)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            if who.subject is None:
                organisations.keep_town(who.mark, organisations.TownAnswer(**given))
            else:
                change = organisations.TownChange(name=given["name"], inhabitants=given["inhabitants"])
                organisations.change_town(who.subject, change, tenant=who.subject.tenant)
        except Problem as problem:
            refused(form, problem)
        else:
            return _on(request, who, "town")
    return _town_page(request, who, form)


def _town_known(who: start.Asker) -> dict[str, Any]:
    if who.subject is None:
        return who.view.town
    found = organisations.tenant(who.subject.tenant)
    return {"name": found.name, "inhabitants": found.inhabitants}


def _town_page(
    request: HttpRequest, who: start.Asker, form: TownForm, directory: DirectoryForm | None = None
) -> HttpResponse:
    more = {
        "known": organisations.municipalities(),
        "directory": directory or DirectoryForm(),
        "founding": who.founding,
    }
    wrong = bool(form.errors or (directory and directory.errors))
    return _page(request, who, "town", form, status=400 if wrong else 200, **more)


def _looked_up(request: HttpRequest, who: start.Asker) -> HttpResponse:
    """Fill the form from the directory; what cannot be found there is said at the key's field."""
    given: dict[str, Any] = request.POST.dict()
    found = organisations.municipality(given.get("ags", "").strip())
    if found is not None:
        given |= {"name": found.name.partition(",")[0], "land": "", "inhabitants": found.inhabitants, "slug": ""}
        given["land"] = organisations.land_of(found.ags)
        form = TownForm(founding=who.founding, initial=given)
        return _page(request, who, "town", form, known=organisations.municipalities(), founding=who.founding,
                     directory=DirectoryForm(), found=found)  # fmt: skip
    form = TownForm(
        founding=who.founding,
        initial=given | {"land": given.get("land") or organisations.land_of(given.get("ags", ""))},
    )
    missed = (
        _(
            "Diesen Schlüssel gibt es im Verzeichnis nicht. Prüfen Sie ihn, oder tragen Sie Name, Land und Zahl von Hand ein."
        )
        if organisations.municipalities()
        else _(
            "Es ist noch kein Gemeindeverzeichnis da. Tragen Sie Name, Land und Zahl von Hand ein, oder laden Sie es unten hoch."
        )
    )
    return _page(request, who, "town", form, known=organisations.municipalities(), founding=who.founding,
                 directory=DirectoryForm(), missed=missed)  # fmt: skip


def _read_directory(request: HttpRequest, who: start.Asker) -> HttpResponse:
    form = DirectoryForm(request.POST, request.FILES)
    if form.is_valid():
        content = form.cleaned_data["directory"].read()
        try:
            count = (
                organisations.load_municipalities_at_start(who.mark, content)
                if who.subject is None
                else organisations.load_municipalities(who.subject, content)
            )
        except Problem as problem:
            refused(form, problem)
        else:
            messages.success(
                request,
                _("%(count)s Gemeinden gelesen. Jetzt lässt sich der Schlüssel nachschlagen.") % {"count": count},
            )
            return redirect("start_town")
    return _town_page(request, who, TownForm(founding=who.founding, initial=_town_known(who)), form)


@never_cache
def looks(request: HttpRequest) -> HttpResponse:
    """Ask for arms and colour; a colour that cannot be read is darkened, with a word."""
    who = start.asker(request)
    has_arms, colour = who.view.has_arms, who.view.colour
    address = "start_arms" if has_arms else ""
    if who.subject is not None:
        known = organisations.tenant(who.subject.tenant)
        has_arms, colour, address = bool(known.arms), known.colour, ""
    form = LooksForm(request.POST or None, request.FILES or None, initial={"colour": colour or OWN})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        arms = False if given["without"] else given["arms"]
        try:
            said = _keep_looks(who, given["colour"], arms)
        except Problem as problem:
            refused(form, problem)
        else:
            if said:
                messages.warning(request, said)
            return _on(request, who, "looks")
    more = {"has_arms": has_arms, "arms_page": address}
    return _page(request, who, "looks", form, status=400 if form.errors else 200, **more)


def _keep_looks(who: start.Asker, colour: str, arms: Any) -> str:
    """Keep arms and colour; return the word on a colour that was changed, "" if it was not."""
    wanted = colour.strip().lower()
    kept = readable(wanted) if organisations.is_colour(wanted) else wanted
    if who.subject is None:
        organisations.keep_looks(who.mark, colour_given=kept, arms=arms)
    else:
        change = organisations.TownChange(colour=kept, arms=arms)
        organisations.change_town(who.subject, change, tenant=who.subject.tenant)
    if kept == wanted:
        return ""
    return _(
        "Die Farbe %(wanted)s ist auf Weiß zu hell zum Lesen (Kontrast %(had)s, nötig sind %(needed)s). Wir nehmen den "
        "nächsten dunkleren Ton, %(kept)s."
    ) % {
        "wanted": wanted,
        "had": f"{contrast(wanted, '#ffffff'):.1f}:1".replace(".", ","),
        "needed": f"{ENOUGH}:1".replace(".", ","),
        "kept": kept,
    }


def drafted(request: HttpRequest) -> HttpResponse:
    """Return the arms of the draft, to whoever holds the start."""
    picture = organisations.drafted_arms(str(request.session.get(start.MARK, "")))
    if picture is None:
        raise Http404
    response = shown(picture)
    response["Cache-Control"] = "no-store"
    return response


@never_cache
def founder(request: HttpRequest) -> HttpResponse:
    """Ask who is there; make the town with its first administrator and sign that person in."""
    who = start.asker(request)
    if who.subject is not None:
        return redirect(start.next_page(who))
    if "town" not in who.view.done:
        return redirect("start_town")
    form = FounderForm(request.POST or None, initial={"office": _("Hauptamt")})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        draft = organisations.Founder(
            name=given["name"], email=given["email"], password=given["password"], office=given["office"]
        )
        try:
            person = organisations.found_town(who.mark, draft)
        except Problem as problem:
            refused(form, problem)
        else:
            organisations.enter_founder(request, tenant=person.tenant, person=person.id, password=given["password"])
            request.session.pop(start.MARK, None)
            return redirect("start_signin")
    return _page(request, who, "founder", form, status=400 if form.errors else 200)


@never_cache
def signin(request: HttpRequest) -> HttpResponse:
    """Ask who needs a second factor."""
    who = start.asker(request)
    if who.subject is None:
        return redirect(start.next_page(who))
    town = organisations.tenant(who.subject.tenant)
    form = SigninForm(request.POST or None, initial={"second_factor": town.second_factor.value})
    if request.method == "POST" and form.is_valid():
        change = organisations.TownChange(second_factor=SecondFactor(form.cleaned_data["second_factor"]))
        organisations.change_town(who.subject, change, tenant=town.slug)
        return _on(request, who, "signin")
    return _page(request, who, "signin", form, status=400 if form.errors else 200)


@never_cache
def first_list(request: HttpRequest) -> HttpResponse:
    """Lead to the connect assistant; see whether there is a list already."""
    who = start.asker(request)
    if who.subject is None:
        return redirect(start.next_page(who))
    if request.method == "POST":
        return _on(request, who, "list")
    found = catalogue.known_datasets(who.subject, Filters(tenant=who.subject.tenant, limit=5))
    return _page(request, who, "list", None, found=found)


@never_cache
def invite(request: HttpRequest) -> HttpResponse:
    """Ask whom to invite: one after another, each with a role; a link that is not mailed is shown."""
    who = start.asker(request)
    if who.subject is None:
        return redirect(start.next_page(who))
    subject = who.subject
    if "done" in request.POST:
        return _on(request, who, "invite")
    sent = None
    form = _invite_form(subject, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            sent = _invited(subject, form.cleaned_data)
        except Problem as problem:
            refused(form, problem)
        else:
            form = _invite_form(subject, None)
    return _page(
        request,
        who,
        "invite",
        form,
        status=400 if form.errors else 200,
        sent=sent,
        people=[one for one in organisations.people(subject.tenant) if one.id != subject.id],
    )


def _invite_form(subject: Subject, data: Any) -> InviteForm:
    units = [unit for unit in organisations.units(subject.tenant) if unit.active]
    return InviteForm(
        data,
        roles=sorted(organisations.offered_roles(subject.tenant, PROFILE), key=_order),
        units=units,
        initial={"unit": subject.unit, "role": "fachamt"},
    )


def _order(role: RoleView) -> int:
    """Return a role's place in the profile: the four, then the staff council, then the town's own."""
    listed = organisations.shipped().profiles()[PROFILE].roles
    return listed.index(role.slug) if role.slug in listed else len(listed)


def _invited(subject: Subject, given: dict[str, Any]) -> dict[str, Any]:
    tenant = subject.tenant
    root = organisations.tenant(tenant).root
    unit = given["unit"]
    if given["office"].strip():
        name = given["office"].strip()
        draft = UnitDraft(slug=organisations.slug_of(name), name=Text(name, name))
        unit = organisations.create_unit(subject, draft, tenant=tenant).id
    person = organisations.create_person(subject, tenant=tenant, unit=unit, name=given["name"], email=given["email"])
    where = unit if given["role"] == "fachamt" else root
    organisations.give_role(subject, tenant=tenant, person=person.id, role=given["role"], unit=where)
    sent = organisations.send_invitation(subject, tenant=tenant, person=person.id)
    return {"name": person.name, "email": person.email, "link": sent.link, "mailed": sent.mailed}


@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """Show that all is there, what was left out and how to go on; end the start."""
    who = start.asker(request)
    if who.subject is None:
        return redirect(start.next_page(who))
    if request.method == "POST":
        organisations.finish_start(who.subject)
        messages.success(request, _("Die Einrichtung ist abgeschlossen. Willkommen!"))
        return redirect("home")
    return _page(request, who, "", None, town=organisations.tenant(who.subject.tenant))


def _on(request: HttpRequest, who: start.Asker, step: str) -> HttpResponse:
    """Go on to the next question, or stay where the button says „später“."""
    if who.subject is not None and who.view.tenant == who.subject.tenant:
        organisations.step_done(who.subject, step)
    if "later" in request.POST:
        messages.success(request, _("Gespeichert. Sie können jederzeit weitermachen."))
        return redirect("home")
    after = start.beside(step)[1]
    return redirect("start_signin" if who.subject is not None and after == "start_founder" else after)


def _page(
    request: HttpRequest, who: start.Asker, step: str, form: Any, *, status: int = 200, **more: Any
) -> HttpResponse:
    before = start.beside(step)[0] if step else "start_invite"
    if who.subject is not None and before == "start_founder":
        before = "start_looks"
    context = {
        "form": form,
        "places": start.places(who, step),
        "before": before,
        "number": next((i for i, place in enumerate(start.STEPS, 1) if place.name == step), 0),
        "finished": who.view.finished,
        **more,
    }
    return render(request, f"portal/start/{step or 'ready'}.html", context, status=status)
