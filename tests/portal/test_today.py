# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
""" "Heute" and its weekly mail: everything that waits, one action each, and never more than the person may know."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.test import Client

from allmende.config import environment
from allmende.hub import tools
from allmende.hub.models import Binding, Connection, Copy, MappingVersion, SourceSystem
from allmende.kernel.clock import now
from allmende.kernel.errors import NotFound
from allmende.organisations import door as organisations
from allmende.organisations.models import Person, Tenant
from allmende.organisations.statements import Statement
from allmende.portal import tasks
from allmende.portal.today import today
from allmende.portal.weekly import send_weekly
from allmende.rights import door as rights
from allmende.rights.models import Grant
from allmende.rights.terms import ANYONE, OPERATOR, Class, GranteeKind, Subject, Visibility
from tests.config.serving import free_port
from tests.factories import Town, make_dataset, make_person, small_town

pytestmark = pytest.mark.django_db

SOON = timedelta(days=10)


@pytest.fixture(autouse=True)
def equipped(tmp_path: Path) -> Iterator[None]:
    """The hub's files, in a folder of the test."""
    from allmende.engine.client import Engine
    from allmende.hub.services import equip

    equip(engine=Engine(tmp_path / "none.sock"), data=tmp_path, seal=lambda s, _: s, unseal=lambda s, _: s)
    yield
    tools.use(None)


@pytest.fixture
def town() -> Town:
    return small_town()


def kinds(subject: Subject, at: datetime | None = None) -> list[str]:
    found, whole = today(subject, at or now())
    assert whole
    return [one.kind for one in found]


def give(town: Town, dataset: str, unit: str, **more: Any) -> str:
    draft = rights.GrantDraft(
        resource=dataset,
        grantee_kind=GranteeKind.UNIT,
        grantee=town.units[unit],
        purposes=frozenset({"environmental_planning"}),
        **more,
    )
    return rights.give_grant(OPERATOR, draft)


def connected(town: Town, dataset: str, name: str = "trees", *, unit: str = "it_office", **more: Any) -> Connection:
    """Enter a source with one data set."""
    source = SourceSystem.objects.create(tenant=town.slug, slug=name, name="Grünkataster", unit=town.units[unit])
    leads = {"kind": "files", "folder": ""}
    row = Connection.objects.create(tenant=town.slug, slug=name, source=source, leads_to=leads, **more)
    Binding.objects.create(dataset=dataset, tenant=town.slug, name=name, connection=row)
    return row


def test_nothing_waits_for_somebody_without_a_task(town: Town) -> None:
    assert kinds(town.subject("staff")) == []
    assert kinds(ANYONE) == []


def test_a_grant_that_runs_out_is_told_to_who_gives_and_who_has_it(town: Town) -> None:
    trees = make_dataset(town)
    given = give(town, trees, "youth", valid_until=now() + SOON)
    Grant.objects.filter(id=given).update(given_at=now() - timedelta(days=60))
    assert kinds(town.subject("owner")) == ["catalogue.ending"]
    assert kinds(town.subject("youth")) == ["catalogue.ending"]
    assert kinds(town.subject("it")) == [] and kinds(town.subject("engineer")) == []
    (one,), _ = today(town.subject("youth"), now())
    assert (one.title.de, one.address) == (
        "Ihre Nutzungserlaubnis für „Straßenbäume“ läuft ab", "/auenstadt/dataset/trees#fragen",
    )  # fmt: skip
    assert kinds(town.subject("owner"), now() - timedelta(days=40)) == []
    rights.withdraw_grant(OPERATOR, given)
    assert kinds(town.subject("owner")) == []


def test_a_grant_somebody_gave_this_week_is_told_to_others_who_answer_for_the_data(town: Town) -> None:
    trees = make_dataset(town)
    give(town, trees, "youth")
    assert kinds(town.subject("owner")) == ["catalogue.given"]
    assert kinds(town.subject("youth")) == []
    assert kinds(town.subject("owner"), now() + timedelta(days=8)) == []


def test_what_one_may_not_know_of_is_never_told(town: Town) -> None:
    hidden = make_dataset(
        town, "secret", unit="youth", cls=Class.RESTRICTED, visibility=Visibility.UNITS,
        visible_to=frozenset({town.units["youth"]}), title=organisations.unit(town.slug, town.root).name,
    )  # fmt: skip
    give(town, hidden, "environment", valid_until=now() + SOON)
    connection = connected(town, hidden, "secret")
    Connection.objects.filter(id=connection.id).update(error_de="geheim", error_en="secret", failed_at=now())
    Binding.objects.update(mode="nightly", copy_failed_at=now(), copy_error_de="geheim")
    for who in ("engineer", "staff", "admin", "quality", "owner"):
        found, _ = today(town.subject(who), now())
        assert "geheim" not in str(found), who
        if who != "owner":
            assert "secret" not in str(found), who
    (one,), _ = today(town.subject("it"), now())  # works with the source, may not know of its data set
    assert one.kind == "hub.broken" and "secret" not in one.title.de


def test_another_town_is_told_nothing(town: Town) -> None:
    other = small_town("talheim", name="Talheim")
    trees = make_dataset(town)
    give(town, trees, "youth", valid_until=now() + SOON)
    Connection.objects.filter(id=connected(town, trees).id).update(error_de="aus", error_en="off")
    Person.objects.filter(tenant_id="auenstadt").update(created_at=now() - SOON)
    for who in other.people:
        assert [
            kind for kind in kinds(other.subject(who)) if kind not in {"organisations.invited", "portal.statement"}
        ] == [], who


def test_sources_copies_and_readings_are_told_to_who_works_with_them(town: Town) -> None:
    trees = make_dataset(town)
    connection = connected(town, trees)
    it = town.subject("it")
    assert kinds(it) == []
    Connection.objects.filter(id=connection.id).update(
        error_de="Zeitüberschreitung", error_en="timeout", failed_at=now()
    )
    binding = Binding.objects.get()
    report = {"files": [{"file": "a.csv", "rows_read": 9, "rows_given": 8, "counts": [
        {"fault": "not_located", "effect": "refused_row", "column": "", "count": 1}]}]}  # fmt: skip
    binding.mapping = MappingVersion.objects.create(binding=binding, number=3, text="", report=report)
    binding.copy = Copy.objects.create(
        binding=binding, path="x", rows=1, bytes=1, fields=[], mapping=binding.mapping, as_of=now() - timedelta(days=3)
    )
    binding.mode = "nightly"
    binding.save()
    assert kinds(it) == ["hub.broken", "hub.stale", "hub.version"]
    assert kinds(town.subject("owner")) == []
    Copy.objects.update(as_of=now() - timedelta(hours=3))
    Connection.objects.update(enabled=False)
    assert kinds(it) == ["hub.version"]


def test_a_draft_is_told_to_its_author(town: Town, tmp_path: Path) -> None:
    import msgspec

    from allmende.engine.connection import Files
    from allmende.engine.mapping import Mapping
    from allmende.hub.domain.uploads import Upload, folder_of
    from allmende.kernel.ids import new_id

    mapping = msgspec.convert(
        {"read": {"kind": "csv", "files": "a.csv"}, "fields": [{"name": "a", "type": "text"}]}, Mapping
    )
    upload = Upload(id=new_id(), tenant=town.slug, person=town.people["it"], unit=town.units["it_office"],
                    file="Spielplätze.csv", mapping=mapping, leads_to=Files())  # fmt: skip
    folder_of(town.slug).mkdir(parents=True)
    (folder_of(town.slug) / f"{upload.id}.json").write_bytes(msgspec.json.encode(upload))
    (one,), _ = today(town.subject("it"), now())
    assert one.kind == "hub.draft" and upload.id in one.address and "Spielplätze.csv" in one.title.de
    assert "hub.draft" not in kinds(town.subject("admin"))


def test_who_administers_a_real_town_is_asked_for_missing_statements(town: Town) -> None:
    admin = town.subject("admin")
    found, _ = today(admin, now())
    assert {one.address for one in found if one.kind == "portal.statement"} == {
        f"/rechtliches/{kind}/bearbeiten/" for kind in ("privacy", "accessibility", "imprint")
    }
    for who in ("engineer", "staff", "protection", "council", "owner"):
        assert "portal.statement" not in kinds(town.subject(who)), who
    answers = {
        "body": "Stadt",
        "address": "Markt 1",
        "represented": "Bürgermeisterin",
        "mail": "a@b.example",
        "phone": "1",
    }
    organisations.make_statement(admin, tenant=town.slug, kind=Statement.IMPRINT, answers=answers)
    assert kinds(admin).count("portal.statement") == 2
    Tenant.objects.filter(slug=town.slug).update(practice=True)  # an invented town owes none
    assert "portal.statement" not in kinds(admin)


def test_tokens_and_invitations(town: Town) -> None:
    owner, admin = town.subject("owner"), town.subject("admin")
    organisations.issue_token(
        OPERATOR,
        tenant=town.slug,
        label="Abfrage",
        purposes=["statistics"],
        person=owner.id,
        lifetime=timedelta(days=20),
    )
    assert kinds(owner) == ["organisations.token"]
    assert set(kinds(admin)) == {"portal.statement"}
    Person.objects.filter(id=town.people["staff"]).update(created_at=now() - timedelta(days=4))
    assert set(kinds(admin)) == {"portal.statement", "organisations.invited"}
    assert kinds(owner) == ["organisations.token"]


@pytest.mark.parametrize("datasets", [1, 3])
def test_the_number_of_queries_does_not_grow(town: Town, datasets: int, django_assert_max_num_queries: Any) -> None:
    for n in range(datasets):
        trees = make_dataset(town, f"trees{n}")
        give(town, trees, "youth", valid_until=now() + SOON)
        connected(town, trees, f"trees{n}", unit="environment")
    owner = town.subject("owner")
    kinds(owner)
    with django_assert_max_num_queries(26):
        today(owner, now())


def test_a_room_that_fails_does_not_hide_the_others(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from allmende.portal import today as module

    def broken(asker: Subject, moment: datetime) -> list[Any]:
        raise RuntimeError("no")

    registered = module.providers()
    monkeypatch.setattr(module, "providers", lambda: [broken, *registered])
    give(town, make_dataset(town), "youth")
    found, whole = today(town.subject("owner"), now())
    assert [one.kind for one in found] == ["catalogue.given"] and not whole


def signed_in(town: Town, who: str) -> Client:
    Tenant.objects.filter(slug=town.slug).update(second_factor="nobody", practice=True)
    client = Client()
    client.force_login(Person.objects.get(id=town.people[who]))
    return client


def test_the_page(town: Town) -> None:
    assert Client().get("/heute/").status_code == 401
    assert "Alles erledigt" in signed_in(town, "owner").get("/heute/").content.decode()
    give(town, make_dataset(town), "youth", valid_until=now() + SOON)
    page = signed_in(town, "owner").get("/heute/").content.decode()
    assert "1 Sache wartet auf Sie" in page and 'href="/auenstadt/dataset/trees"' in page


# --- the mail -------------------------------------------------------------------------------------------------------


class Box:
    """A real mail server on the loopback: TLS from the first command on, user and password."""

    def __init__(self, folder: Path) -> None:
        self.mails: list[tuple[str, EmailMessage]] = []
        self.refuse = False
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        made = (
            x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(1).not_valid_before(datetime(2020, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2099, 1, 1, tzinfo=UTC))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256())
        )  # fmt: skip
        self.certificate = folder / "certificate.pem"
        self.certificate.write_bytes(
            made.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        self.port = free_port()
        self.controller = Controller(
            self, hostname="127.0.0.1", port=self.port, tls_context=context, require_starttls=True, auth_required=True,
            authenticator=self.check,
        )  # fmt: skip

    def check(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        given = (data.login, data.password) if isinstance(data, LoginPassword) else None
        return AuthResult(success=given == (b"allmende", b"geheim und lang"))

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.refuse:
            return "451 try again later"
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append((envelope.rcpt_tos[0], mail))
        return "250 OK"


@pytest.fixture
def box(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    made = Box(tmp_path)
    made.controller.start()
    monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
    mail = environment.mail(
        {
            "ALLMENDE_SMTP_HOST": "localhost", "ALLMENDE_SMTP_PORT": str(made.port), "ALLMENDE_SMTP_TLS": "starttls",
            "ALLMENDE_SMTP_USER": "allmende", "ALLMENDE_SMTP_PASSWORD": "geheim und lang",
        }
    )  # fmt: skip
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = mail.host, mail.port
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = mail.user, mail.password
    settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = mail.tls == "starttls", mail.tls == "tls"
    settings.DEFAULT_FROM_EMAIL = "daten@auenstadt.example"
    settings.PUBLIC_URL = "https://daten.auenstadt.example"
    yield made
    made.controller.stop()


def reader(town: Town, who: str, **more: Any) -> str:
    """Let a person have a password and a second factor."""
    from allauth.mfa.totp.internal.auth import TOTP

    row = Person.objects.get(id=town.people[who])
    row.set_password("gemeinsam nutzen nach Regeln")
    row.save()
    Person.objects.filter(id=row.id).update(**more)
    TOTP.activate(row, "A" * 32)
    return str(row.id)


def parts(mail: EmailMessage) -> tuple[str, str]:
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None and html is not None
    return str(plain.get_content()), str(html.get_content())


def test_the_mail_goes_out_over_tls_in_the_persons_language_and_can_be_stopped(town: Town, box: Box) -> None:
    give(town, make_dataset(town), "youth", valid_until=now() + SOON)
    owner, youth = reader(town, "owner"), reader(town, "youth", language="en")
    assert send_weekly(owner) and send_weekly(youth)
    (to, german), (_, english) = box.mails
    assert to == "owner@auenstadt.example" and german["From"] == "daten@auenstadt.example"
    assert german["Subject"] == "Daten.Auenstadt: 1 Sache wartet auf Sie"
    plain, html = parts(german)
    for words in (
        "„Straßenbäume“: Eine Nutzungserlaubnis läuft ab",
        "https://daten.auenstadt.example/auenstadt/dataset/trees",
    ):
        assert words in plain and words in html
    assert "Your grant for “Street trees” runs out" in parts(english)[0]
    assert english["Subject"] == "Daten.Auenstadt: 1 thing waits for you"
    stop = german["List-Unsubscribe"].strip(" <>").removeprefix("https://daten.auenstadt.example")
    assert stop in plain and german["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    client = Client(enforce_csrf_checks=True)
    assert "nicht mehr erhalten?" in client.get(stop).content.decode()
    assert send_weekly(owner)
    assert client.post(stop, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not send_weekly(owner) and send_weekly(youth)
    assert Client().post("/heute/abbestellen/" + town.people["youth"] + ":x/").status_code == 404


def test_the_mail_says_nothing_secret(town: Town, box: Box) -> None:
    trees = make_dataset(town)
    row = connected(town, trees)
    words = "FATAL: password authentication failed for user allmende at 10.1.2.3"
    Connection.objects.filter(id=row.id).update(error_de=words, error_en=words, secret="1:geheim")
    assert send_weekly(reader(town, "it"))
    plain, html = parts(box.mails[0][1])
    assert "antwortet nicht" in plain
    for said in (plain, html):
        assert not re.search(r"FATAL|10\.1\.2\.3|geheim", said)


def test_who_could_not_read_it_on_the_page_gets_none(town: Town, box: Box) -> None:
    trees = make_dataset(town)
    give(town, trees, "youth", valid_until=now() + SOON)
    assert not send_weekly(town.people["owner"])  # invited, no password
    row = Person.objects.get(id=town.people["owner"])
    row.set_password("gemeinsam nutzen nach Regeln")
    row.save()
    assert not send_weekly(town.people["owner"])  # the role asks for a second factor that is not there
    owner = reader(town, "owner")
    assert send_weekly(owner)
    assert not send_weekly(reader(town, "quality"))  # has nothing waiting
    Tenant.objects.update(practice=True)
    assert not send_weekly(owner) and organisations.weekly_readers() == []
    Tenant.objects.update(practice=False)
    assert owner in organisations.weekly_readers()
    organisations.deactivate_person(OPERATOR, tenant=town.slug, person=owner)
    assert not send_weekly(owner) and owner not in organisations.weekly_readers()


def test_a_mail_server_that_refuses_is_an_error_for_the_job_to_try_again(town: Town, box: Box) -> None:
    import smtplib

    give(town, make_dataset(town), "youth", valid_until=now() + SOON)
    owner = reader(town, "owner")
    box.refuse = True
    with pytest.raises(smtplib.SMTPException):
        tasks.tell(person=owner)
    box.refuse = False
    tasks.tell(person=owner)
    assert len(box.mails) == 1
    assert tasks.tell.retry_strategy is not None


def test_a_certificate_nobody_vouches_for_is_refused(town: Town, box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    give(town, make_dataset(town), "youth", valid_until=now() + SOON)
    owner = reader(town, "owner")
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(ssl.SSLCertVerificationError):
        send_weekly(owner)
    assert box.mails == []


def test_an_invitation_goes_out_by_mail(town: Town, box: Box) -> None:
    new = make_person(town, "neu", unit="environment")
    sent = organisations.send_invitation(town.subject("admin"), tenant=town.slug, person=new.id)
    assert sent.mailed
    ((to, mail),) = box.mails
    assert to == "neu@auenstadt.example" and sent.link in parts(mail)[0] and sent.link in parts(mail)[1]
    box.refuse = True
    again = organisations.send_invitation(town.subject("admin"), tenant=town.slug, person=new.id)
    assert not again.mailed and again.link


@pytest.mark.parametrize(
    "wrong",
    [
        {"ALLMENDE_SMTP_TLS": "ssl3"},
        {"ALLMENDE_SMTP_PORT": "viele"},
        {"ALLMENDE_SMTP_HOST": "mail.auenstadt.example", "ALLMENDE_SMTP_USER": "a", "ALLMENDE_SMTP_PASSWORD": "geheim"},
    ],
)
def test_mail_settings_that_would_tell_the_password_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(environment.Misconfigured) as refused:
        environment.mail(wrong)
    assert "geheim" not in str(refused.value)


def test_ports_follow_the_way() -> None:
    host = {"ALLMENDE_SMTP_HOST": "mail.auenstadt.example"}
    assert [environment.mail(host | {"ALLMENDE_SMTP_TLS": tls}).port for tls in ("", "starttls", "tls")] == [
        25,
        587,
        465,
    ]


def test_everybody_sets_their_mails_for_themselves(town: Town) -> None:
    client = signed_in(town, "owner")
    client.post("/konto/mail/", {"language": "en"})
    person = organisations.person(town.slug, town.people["owner"])
    assert (person.language, person.weekly_mail) == ("en", False)
    assert Client().post("/konto/mail/", {"language": "en"}).status_code == 401
    with pytest.raises(NotFound):
        organisations.stop_weekly("x")


def test_who_decides_on_a_release_is_told_the_law_of_the_land(town: Town) -> None:
    make_dataset(town, visibility=Visibility.PUBLIC)
    words = "Nordrhein-Westfalen: Nach unserer Quelle gibt es Zugang auf Antrag"
    assert words in signed_in(town, "gate").get("/auenstadt/dataset/trees").content.decode()
    for who in ("owner", "staff"):
        assert words not in signed_in(town, who).get("/auenstadt/dataset/trees").content.decode()
    assert words in Client(headers={"accept-language": "de"}).get("/recht/").content.decode()
