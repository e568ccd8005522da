# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Deliveries without an account: upload links with deadline and reminders, drop folders, the empty template."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings

from allmende.engine.lists.model import Reaction
from allmende.hub.domain import dropped, incoming, links
from allmende.hub.models import Delivery, ListVersion, UploadLink
from allmende.hub.queries import lists as reading
from allmende.hub.template import template
from allmende.hub.terms import DeliveryState
from allmende.hub.today import waiting
from allmende.hub.tools import tools
from allmende.kernel.clock import now
from allmende.kernel.errors import Forbidden, Invalid, NotFound, Problem, TooMuch
from allmende.kernel.text import Text
from allmende.rights.terms import Subject
from tests.hub.live import Hub
from tests.hub.sheets import ROWS, month
from tests.hub.test_lists import NAMES, clerk, left_behind, stored

__all__ = ["clerk"]


@pytest.fixture(scope="module")
def fed(hub: Hub, clerk: Subject) -> str:
    return stored(hub, clerk, "geliefert")


@pytest.fixture
def letters(tmp_path: Path) -> Iterator[Path]:
    """Mail as it is sent where no server is named: into files."""
    with override_settings(
        EMAIL_BACKEND="django.core.mail.backends.filebased.EmailBackend", EMAIL_FILE_PATH=tmp_path / "mail"
    ):
        yield tmp_path / "mail"


def read_mail(folder: Path) -> list[str]:
    import email
    import email.policy

    found = []
    for path in sorted(folder.glob("*.log")):
        for part in path.read_bytes().split(b"-" * 79):
            if part.strip():
                letter = email.message_from_bytes(part.strip(), policy=email.policy.default)
                body = letter.get_body()
                assert body is not None
                found.append(f"{letter['To']}\n{str(letter['Subject']).strip()}\n{body.get_content()}")
    return found


def made(hub: Hub, who: Subject, dataset: str, *, days: int = 5, to: str = "") -> str:
    """Return the secret of a new link."""
    address = links.make_link(
        who, dataset, tenant=hub.town.slug, whom="Sportamt", mail=to, deadline=links.today() + timedelta(days=days)
    )
    return address.rstrip("/").rsplit("/", 1)[1]


def send(client: Client, secret: str, content: bytes, name: str = "Liste.xlsx") -> str:
    answer = client.post(f"/liefern/{secret}/", {"file": SimpleUploadedFile(name, content)})
    return answer.content.decode()


def test_an_office_without_an_account_delivers(hub: Hub, clerk: Subject, fed: str) -> None:
    secret, client = made(hub, clerk, fed), Client(headers={"accept-language": "de"})
    page = client.get(f"/liefern/{secret}/").content.decode()
    assert "Liste geliefert" in page and "Fläche m²" in page and "30. September 2026" not in page
    assert "Spielplatz Am Anger" not in page and "monatlich" not in page
    assert "nav__wide" not in page or "/listen/" not in page
    said = send(client, secret, month(10, ROWS[:9]))
    assert "Angekommen und übernommen" in said
    assert "Die Datei passt und ist übernommen: 9 Zeilen, Stand 2026-10-31." in said
    assert hub.rows("SELECT count(*) AS n FROM auenstadt.geliefert") == [[9]]
    (delivery,) = Delivery.objects.filter(feed__binding_id=fed, way="link")
    assert delivery.link is not None and delivery.link.whom == "Sportamt"
    assert "beiseitegelegt" in send(client, secret, month(10, ROWS[:8]))
    assert hub.rows("SELECT count(*) AS n FROM auenstadt.geliefert") == [[9]]


def test_what_waits_in_a_list_is_told_to_who_answers_for_it(hub: Hub, clerk: Subject) -> None:
    dataset = stored(hub, clerk, "geliefert_heute")

    def told(who: Subject) -> list[tuple[str, str]]:
        here = f"/listen/{dataset}/"
        return [(one.kind, one.title.de) for one in waiting(who, now()) if one.address == here]

    secret = made(hub, clerk, dataset)
    link = UploadLink.objects.filter(sha256=links._digest(secret))
    link.update(deadline=links.today())
    assert told(clerk) == []  # the day itself is not over
    yesterday = links.today() - timedelta(days=1)
    link.update(deadline=yesterday)
    assert told(clerk) == [
        ("hub.late", f"„Liste geliefert_heute“ war bis {yesterday:%d.%m.%Y} erbeten und ist nicht da")
    ]
    assert told(hub.town.subject("staff")) == []
    client = Client(headers={"accept-language": "de"})
    assert "beiseitegelegt" in send(client, secret, month(9, ROWS[:8]))
    assert [kind for kind, _ in told(clerk)] == ["hub.delivery", "hub.late"]  # what does not fit is no answer
    assert told(hub.town.subject("staff")) == []
    links.revoke_link(clerk, str(link.get().id), tenant=hub.town.slug)
    assert told(clerk) == [("hub.delivery", "„Liste geliefert_heute“: eine Lieferung wartet auf Entscheidung")]


def test_names_in_a_delivery_are_refused_and_nothing_remains(hub: Hub, clerk: Subject) -> None:
    dataset = stored(hub, clerk, "geliefert_namen")
    before = sorted(tools().files.rglob("*"))
    said = send(Client(headers={"accept-language": "de"}), made(hub, clerk, dataset), month(10, hidden=NAMES))
    assert "Nicht angenommen" in said and "Angehalten, nichts wurde gespeichert" in said
    assert not any(name in said for name in NAMES)
    (delivery,) = Delivery.objects.filter(feed__binding_id=dataset, state=DeliveryState.STOPPED)
    assert (delivery.path, delivery.key) == ("", "")
    assert sorted(tools().files.rglob("*")) == before
    assert left_behind() == []


def test_a_link_that_is_unknown_revoked_or_over_answers_alike(hub: Hub, clerk: Subject, fed: str) -> None:
    revoked, over = made(hub, clerk, fed), made(hub, clerk, fed)
    row = UploadLink.objects.get(sha256=links._digest(revoked))
    links.revoke_link(clerk, str(row.id), tenant=hub.town.slug)
    UploadLink.objects.filter(sha256=links._digest(over)).update(closes_at=row.made_at)
    client = Client(headers={"accept-language": "de"})
    answers = [client.get(f"/liefern/{secret}/") for secret in ("x" * 43, revoked, over)]
    assert {answer.status_code for answer in answers} == {404}
    pages = {
        answer.content.decode().replace(secret, "")
        for secret, answer in zip(("x" * 43, revoked, over), answers, strict=True)
    }
    assert len({page.split("<main")[1].split("</main>")[0] for page in pages}) == 1
    for secret in ("x" * 43, revoked, over):
        assert client.post(f"/liefern/{secret}/", {"file": SimpleUploadedFile("a.xlsx", month(11))}).status_code == 404
        assert client.get(f"/liefern/{secret}/vorlage.xlsx").status_code == 404


def test_a_file_is_not_even_spooled_without_an_open_link(hub: Hub, clerk: Subject, fed: str) -> None:
    from django.core.files.uploadhandler import SkipFile
    from django.test import RequestFactory

    from allmende.webkit.uploads import LimitedUpload

    def handler(path: str) -> LimitedUpload:
        request = RequestFactory().post(path)
        return LimitedUpload(request)

    with pytest.raises(SkipFile):
        handler(f"/liefern/{'x' * 43}/").new_file("file", "a.xlsx", "x", 3)
    good = handler(f"/liefern/{made(hub, clerk, fed)}/")
    good.new_file("file", "a.xlsx", "x", 3)
    assert good.largest == 50 << 20


def test_too_many_files_in_an_hour(hub: Hub, clerk: Subject, fed: str) -> None:
    secret = made(hub, clerk, fed)
    UploadLink.objects.filter(sha256=links._digest(secret)).update(tries=10, tries_in_hour=10, hour=now())
    with pytest.raises(TooMuch) as refused:
        links.send(secret, name="a.xlsx", pieces=[month(12)])
    assert "in einer Stunde noch einmal" in refused.value.detail.de
    UploadLink.objects.filter(sha256=links._digest(secret)).update(hour=now() - timedelta(hours=2))
    assert links.may_send(secret)


def test_who_may_make_and_revoke_links(hub: Hub, clerk: Subject, fed: str) -> None:
    other = hub.town.subject("youth")
    with pytest.raises(Forbidden):
        made(hub, other, fed)
    secret = made(hub, clerk, fed)
    row = UploadLink.objects.get(sha256=links._digest(secret))
    with pytest.raises(Forbidden):
        links.revoke_link(other, str(row.id), tenant=hub.town.slug)
    with pytest.raises(NotFound):
        links.revoke_link(clerk, str(row.id), tenant="nebenhausen")
    assert secret.encode() not in bytes(row.sha256) and secret not in row.secret
    with pytest.raises(Invalid):
        made(hub, clerk, fed, days=-1)


def test_reminders_before_and_after_the_deadline(hub: Hub, clerk: Subject, letters: Path) -> None:
    dataset = stored(hub, clerk, "erinnert")
    UploadLink.objects.exclude(feed__binding_id=dataset).update(mail="")
    secret = made(hub, clerk, dataset, days=20, to="sportamt@auenstadt.example")
    row = UploadLink.objects.filter(sha256=links._digest(secret))
    assert links.remind() == 0
    row.update(deadline=links.today() + timedelta(days=6))
    assert (links.remind(), links.remind()) == (1, 0)
    row.update(deadline=links.today() + timedelta(days=1))
    assert (links.remind(), links.remind()) == (1, 0)
    row.update(deadline=links.today() - timedelta(days=2))
    assert (links.remind(), links.remind()) == (1, 0)
    first, *_, last = sorted(read_mail(letters))  # "bitte bis" before "war bis": files of one second have no order
    assert first.startswith("sportamt@auenstadt.example\nAuenstadt: Liste erinnert – bitte bis ")
    assert f"/liefern/{secret}/" in first
    assert "war bis" in last and "ist noch nicht da" in last
    row.update(reminded=[])
    links.send(secret, name="Liste.xlsx", pieces=[month(10, ROWS[:9])])
    assert links.remind() == 0, "nobody is reminded of what came"
    assert mail is not None


def test_one_letter_that_cannot_be_sent_keeps_back_no_other(
    hub: Hub, clerk: Subject, letters: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = stored(hub, clerk, "erinnert_trotzdem")
    UploadLink.objects.exclude(feed__binding_id=dataset).update(mail="")
    for _ in range(2):
        made(hub, clerk, dataset, days=6, to="sportamt@auenstadt.example")
    whole, tried = links._send_reminder, []

    def once(link: UploadLink, *, late: bool) -> None:
        tried.append(link.id)
        if len(tried) == 1:
            raise NotFound(Text("weg", "gone"))
        whole(link, late=late)

    monkeypatch.setattr(links, "_send_reminder", once)
    assert (links.remind(), len(tried)) == (1, 2)
    assert len(read_mail(letters)) == 1


def test_nobody_gets_mail_from_a_practice_town_beside_a_real_one(
    hub: Hub, clerk: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = stored(hub, clerk, "erinnert_nie")
    UploadLink.objects.exclude(feed__binding_id=dataset).update(mail="")
    made(hub, clerk, dataset, days=6, to="sportamt@auenstadt.example")
    monkeypatch.setattr("allmende.organisations.door.beside_a_real_town", lambda town: town == hub.town.slug)
    assert links.remind() == 0


def settle(folder: Path) -> None:
    """Let a file look as if it had been lying for a while."""
    for path in folder.iterdir():
        if path.is_file() and not path.name.endswith(dropped.ANSWER):
            old = path.stat().st_mtime - 120
            os.utime(path, (old, old))


def test_a_drop_folder_takes_what_has_stopped_growing(hub: Hub, clerk: Subject) -> None:
    dataset = stored(hub, clerk, "ordner")
    folder = Path(dropped.set_folder(clerk, dataset, tenant=hub.town.slug))
    assert folder.is_relative_to(hub.data)
    content = month(10, ROWS[:9])
    (folder / "Oktober.xlsx").write_bytes(content[:2000])
    dropped.watch()
    assert not (folder / "Oktober.xlsx.antwort.txt").exists(), "it was written to just now"
    (folder / "Oktober.xlsx").write_bytes(content)
    settle(folder)
    dropped.watch()
    assert ListVersion.objects.filter(feed__binding_id=dataset).count() == 1, "it looked different a moment ago"
    dropped.watch()
    answer = (folder / "Oktober.xlsx.antwort.txt").read_text("utf-8")
    assert "Die Datei passt und ist übernommen: 9 Zeilen, Stand 2026-10-31." in answer and "The file fits" in answer
    assert [path.read_bytes() for path in (folder / dropped.TAKEN).iterdir()] == [content]
    assert hub.rows("SELECT count(*) AS n FROM auenstadt.ordner") == [[9]]
    (folder / "Zweite.xlsx").write_bytes(month(10, ROWS[:8]))
    settle(folder)
    for _ in range(3):
        dropped.watch()
    assert "liegt schon eine andere Datei vor" in (folder / "Zweite.xlsx.antwort.txt").read_text("utf-8")
    assert (folder / "Zweite.xlsx").exists()
    assert Delivery.objects.filter(feed__binding_id=dataset, file="Zweite.xlsx").count() == 1, (
        "asked once, answered once"
    )


def test_a_drop_folder_follows_no_link_and_lies_where_it_may(hub: Hub, clerk: Subject, tmp_path: Path) -> None:
    dataset = stored(hub, clerk, "ordner_fest")
    folder = Path(dropped.set_folder(clerk, dataset, tenant=hub.town.slug))
    (tmp_path / "fremd.xlsx").write_bytes(month(10, ROWS[:9]))
    (folder / "fremd.xlsx").symlink_to(tmp_path / "fremd.xlsx")
    for _ in range(3):
        dropped.watch()
    assert Delivery.objects.filter(feed__binding_id=dataset).count() == 1
    with pytest.raises(Problem):
        dropped.set_folder(clerk, dataset, tenant=hub.town.slug, place=str(tmp_path))
    with pytest.raises(Problem):
        dropped.set_folder(clerk, dataset, tenant=hub.town.slug, place=str(tools().files / "lists" / hub.town.slug))
    with pytest.raises(Forbidden):
        dropped.set_folder(hub.town.subject("youth"), dataset, tenant=hub.town.slug)
    dropped.set_folder(clerk, dataset, tenant=hub.town.slug, on=False)
    assert str(folder) not in dropped.watch()


def test_a_name_nobody_can_write_down_stops_no_other_folder(hub: Hub, clerk: Subject) -> None:
    folders = []
    for slug in ("ordner_a", "ordner_b"):
        dataset = stored(hub, clerk, slug)
        folders.append(Path(dropped.set_folder(clerk, dataset, tenant=hub.town.slug)))
    for folder in folders:
        (folder / "Gut.xlsx").write_bytes(month(10, ROWS[:9]))
        Path(os.fsdecode(os.fsencode(folder) + b"/B\xf6se.xlsx")).write_bytes(b"x")
        (folder / "Zwei\nZeilen.xlsx").write_bytes(b"x")
        settle(folder)
    for _ in range(3):
        dropped.watch()
    for folder in folders:
        assert (folder / "Gut.xlsx.antwort.txt").exists()
        assert len(list(folder.iterdir())) == 4


def test_the_template_checks_what_is_typed_and_reads_back(hub: Hub, clerk: Subject, fed: str) -> None:
    view = reading.one_list(clerk, fed, tenant=hub.town.slug)
    book = openpyxl.load_workbook(io.BytesIO(template(view.title, view.expected, view.key)))
    page = book["Liste"]
    assert [cell.value for cell in page[1]] == ["Nr.", "Name", "Adresse", "Fläche m²", "Eröffnet", "Zustand"]
    checks = {str(check.sqref).split(":")[0]: check for check in page.data_validations.dataValidation}
    assert checks["A2"].type in {"whole", "integer"} and checks["D2"].type == "decimal" and checks["E2"].type == "date"
    assert checks["F2"].type == "list"
    assert checks["F2"].formula1 == '"gut,mangelhaft"'
    assert [one.sheet_state for one in book.worksheets] == ["visible", "visible"]
    for row in ROWS[:9]:
        page.append([*row])
    filled = io.BytesIO()
    book.save(filled)
    arrived = incoming.receive(
        clerk, tenant=hub.town.slug, unit="", name="Vorlage.xlsx", pieces=[filled.getvalue()], dataset=fed
    )
    assert arrived.found.rows_kept == 9
    assert arrived.proposal.reaction is Reaction.IMPORT, arrived.proposal.reasons
    incoming.stop(clerk, arrived)
