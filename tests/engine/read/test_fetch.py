# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The fetcher against real servers on this machine: addresses, redirects, limits, pages."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.engine.addresses import AddressRefused, Allowed, AllowList, checked, is_public
from allmende.engine.connection import Fetch, Paging
from allmende.engine.fetch import BadAnswer, Limits, fetch
from allmende.kernel.errors import Invalid, Problem, SourceDown

Answer = tuple[int, dict[str, str], bytes]
Handler = Callable[[str, dict[str, str]], Answer]


@contextmanager
def serving(answer: Handler) -> Iterator[tuple[str, AllowList]]:
    """Serve on a free port; give the address and a list that allows it."""

    class Server(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def do_GET(self) -> None:
            status, headers, body = answer(self.path, {k.lower(): v for k, v in self.headers.items()})
            self.send_response(status)
            for key, value in headers.items():
                self.send_header(key, value)
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                return

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    port = server.server_address[1]
    try:
        yield f"http://127.0.0.1:{port}", AllowList((Allowed("127.0.0.1", port),))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ok(value: object, **headers: str) -> Answer:
    return 200, headers, value if isinstance(value, bytes) else json.dumps(value).encode()


def lines(path: str) -> list[Any]:
    return [json.loads(line) for line in Path(path).read_text("utf-8").splitlines()]


INTERNAL = [
    "127.0.0.1",
    "127.1.2.3",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.8",
    "198.18.0.1",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fc00::1",
    "fd12::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2001:0:1::",
    "2001:db8::1",
    "fec0::1",
    "192.0.2.1",
    "203.0.113.1",
]


@pytest.mark.parametrize("address", INTERNAL)
def test_internal_addresses_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))
    with pytest.raises(AddressRefused):
        checked("innen.example", 80, AllowList(), lambda _host, _port: [address])


@pytest.mark.parametrize("address", ["8.8.8.8", "193.99.144.80", "2a02:2e0:3fe:1001:302::", "2606:4700::1111"])
def test_public_addresses_are_public(address: str) -> None:
    assert checked("aussen.example", 443, AllowList(), lambda _host, _port: [address]) == [address]


def test_one_internal_address_among_public_ones_refuses_the_name() -> None:
    with pytest.raises(AddressRefused):
        checked("gemischt.example", 80, AllowList(), lambda _host, _port: ["8.8.8.8", "10.0.0.1"])


@given(st.ip_addresses())
def test_addresses_inside_allowed_networks_pass_and_others_only_if_public(address: Any) -> None:
    allow = AllowList((Allowed("10.0.0.0/8", 443),))
    permitted = is_public(address) or (address.version == 4 and str(address).startswith("10."))
    try:
        found = checked("rechner.example", 443, allow, lambda _host, _port: [str(address)])
    except AddressRefused:
        assert not permitted
    else:
        assert permitted
        assert found == [str(address)]
    assert not allow.covers("rechner.example", address, 80)


def test_internal_host_needs_the_allow_list(tmp_path: Path) -> None:
    with serving(lambda _path, _headers: ok([1])) as (url, allow):
        with pytest.raises(AddressRefused):
            fetch(url, allow=AllowList(), folder=tmp_path, name="a")
        assert lines(fetch(url, allow=allow, folder=tmp_path, name="a").path) == [1]


def test_redirect_into_the_internal_network_is_refused(tmp_path: Path) -> None:
    asked: list[str] = []

    def inner(path: str, _headers: dict[str, str]) -> Answer:
        asked.append(path)
        return ok(["geheim"])

    with (
        serving(inner) as (secret, _),
        serving(lambda _path, _headers: (302, {"Location": secret + "/innen"}, b"")) as (url, allow),
        pytest.raises(AddressRefused),
    ):
        fetch(url, allow=allow, folder=tmp_path, name="a")
    assert asked == []


def test_a_name_that_changes_its_address_gains_nothing(tmp_path: Path) -> None:
    answers = [["127.0.0.1"], ["10.0.0.1"]]

    def lookup(_host: str, _port: int) -> list[str]:
        return answers.pop(0)

    with serving(lambda _path, _headers: ok([1])) as (url, _):
        port = urlsplit(url).port or 0
        allow = AllowList((Allowed("127.0.0.1", port),))
        place = f"http://wechselhaft.example:{port}/"
        assert fetch(place, allow=allow, folder=tmp_path, name="a", lookup=lookup).records == 1
        with pytest.raises(AddressRefused):
            fetch(place, allow=allow, folder=tmp_path, name="a", lookup=lookup)


def test_credentials_do_not_follow_a_redirect_to_another_host(tmp_path: Path) -> None:
    seen: dict[str, str] = {}

    def other(_path: str, headers: dict[str, str]) -> Answer:
        seen.update(headers)
        return ok([1])

    with (
        serving(other) as (elsewhere, allowed),
        serving(lambda _path, _headers: (307, {"Location": elsewhere}, b"")) as (url, allow),
    ):
        both = AllowList(allow.entries + allowed.entries)
        fetch(url, allow=both, folder=tmp_path, name="a", headers={"Authorization": "Bearer geheim"})
    assert seen
    assert "authorization" not in seen


def test_a_path_cannot_carry_the_credentials_away(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="another host"):
        fetch("https://a.example/", allow=AllowList(), folder=tmp_path, name="a", what=Fetch(path="//b.example/"))


def test_proxies_from_the_environment_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with serving(lambda _path, _headers: ok([1])) as (url, allow):
        assert fetch(url, allow=allow, folder=tmp_path, name="a").records == 1


@pytest.mark.parametrize(
    "url", ["ftp://a.example/", "file:///etc/passwd", "http://u:p@a.example/", "http://", "x", "http://[::1"]
)
def test_other_addresses_are_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        fetch(url, allow=AllowList(), folder=tmp_path, name="a")


def test_too_many_redirects(tmp_path: Path) -> None:
    with (
        serving(lambda path, _headers: (302, {"Location": path + "x"}, b"")) as (url, allow),
        pytest.raises(BadAnswer, match="redirects too often"),
    ):
        fetch(url, allow=allow, folder=tmp_path, name="a")


def test_too_large_an_answer_is_cut_off(tmp_path: Path) -> None:
    limits = Limits(page_bytes=1 << 20)
    with (
        serving(lambda _path, _headers: ok(b"[" + b" " * (2 << 20) + b"]")) as (url, allow),
        pytest.raises(BadAnswer, match="larger than 1 MB"),
    ):
        fetch(url, allow=allow, folder=tmp_path, name="a", limits=limits)
    assert list(tmp_path.iterdir()) == []


def test_a_compression_bomb_is_cut_off(tmp_path: Path) -> None:
    bomb = gzip.compress(b" " * (64 << 20))
    assert len(bomb) < 100_000
    with (
        serving(lambda _path, _headers: ok(bomb, **{"Content-Encoding": "gzip"})) as (url, allow),
        pytest.raises(BadAnswer, match="larger than 8 MB"),
    ):
        fetch(url, allow=allow, folder=tmp_path, name="a", limits=Limits(page_bytes=8 << 20))


def test_packed_answers_are_unpacked_and_torn_ones_refused(tmp_path: Path) -> None:
    packed = gzip.compress(b'[{"a":1}]')
    bodies = {"/ganz": packed, "/torn": packed[:-9], "/wrong": b"nope", "/twice": packed}
    kinds = {"/twice": "gzip, gzip"}

    def answer(path: str, _headers: dict[str, str]) -> Answer:
        return ok(bodies[path], **{"Content-Encoding": kinds.get(path, "gzip")})

    with serving(answer) as (url, allow):
        assert lines(fetch(url + "/ganz", allow=allow, folder=tmp_path, name="a").path) == [{"a": 1}]
        for path, said in (("/torn", "breaks off"), ("/wrong", "wrongly packed"), ("/twice", "unknown way")):
            with pytest.raises(BadAnswer, match=said):
                fetch(url + path, allow=allow, folder=tmp_path, name="a")
        assert lines(str(tmp_path / "a.jsonl")) == [{"a": 1}]


def test_a_dripping_server_is_left_at_the_deadline(tmp_path: Path) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def drip() -> None:
        client, _ = listener.accept()
        with client:
            client.sendall(b"HTTP/1.1 200 OK\r\n")
            while not stop.wait(0.1):
                try:
                    client.sendall(b"X: y\r\n")
                except OSError:
                    return

    thread = threading.Thread(target=drip)
    thread.start()
    port = listener.getsockname()[1]
    begin = time.monotonic()
    try:
        with pytest.raises(SourceDown, match="in time"):
            fetch(
                f"http://127.0.0.1:{port}/",
                allow=AllowList((Allowed("127.0.0.0/8"),)),
                folder=tmp_path,
                name="a",
                limits=Limits(seconds=1.0, idle_seconds=5.0),
            )
        assert time.monotonic() - begin < 3
    finally:
        stop.set()
        thread.join()
        listener.close()


def test_nobody_listens(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(SourceDown, match="cannot be reached"):
        fetch(f"http://127.0.0.1:{port}/", allow=AllowList((Allowed("127.0.0.1"),)), folder=tmp_path, name="a")


@pytest.mark.parametrize(
    ("status", "error"), [(500, SourceDown), (503, SourceDown), (429, SourceDown), (404, BadAnswer), (401, BadAnswer)]
)
def test_statuses(status: int, error: type[Problem], tmp_path: Path) -> None:
    with serving(lambda _path, _headers: (status, {}, b"")) as (url, allow), pytest.raises(error, match=str(status)):
        fetch(url, allow=allow, folder=tmp_path, name="a")


def test_an_unchanged_answer_is_not_fetched_again(tmp_path: Path) -> None:
    def answer(_path: str, headers: dict[str, str]) -> Answer:
        return (304, {}, b"") if headers.get("if-none-match") == '"v1"' else ok([1, 2], ETag='"v1"')

    with serving(answer) as (url, allow):
        first = fetch(url, allow=allow, folder=tmp_path, name="a")
        second = fetch(url, allow=allow, folder=tmp_path, name="a")
    assert (first.unchanged, second.unchanged) == (False, True)
    assert second.read_at > first.read_at
    assert lines(second.path) == [1, 2]


RECORDS = [{"n": n} for n in range(7)]


def pages(path: str, _headers: dict[str, str]) -> Answer:
    """Serve RECORDS three at a time in every way of paging."""
    parts = urlsplit(path)
    asked = {k: v[0] for k, v in parse_qs(parts.query).items()}
    start = {
        "/page": (int(asked.get("page", 1)) - 1) * 3,
        "/offset": int(asked.get("offset", 0)),
        "/cursor": int(asked.get("after", 0)),
        "/next": int(asked.get("from", 0)),
        "/link": int(asked.get("from", 0)),
    }[parts.path]
    found = RECORDS[start : start + 3]
    more = start + 3 < len(RECORDS)
    body = {
        "items": found,
        "meta": {"next": f"{parts.path}?from={start + 3}" if more else None, "cursor": str(start + 3) if more else ""},
    }
    link = {"Link": f'<{parts.path}?from={start + 3}>; rel="next"'} if more else {}
    return ok(body, **link)


@pytest.mark.parametrize(
    ("path", "paging"),
    [
        ("/page", Paging(kind="page", parameter="page", size=3)),
        ("/page", Paging(kind="page", parameter="page")),
        ("/offset", Paging(kind="offset", parameter="offset")),
        ("/cursor", Paging(kind="cursor", parameter="after", next="/meta/cursor")),
        ("/next", Paging(kind="next_link", next="/meta/next")),
        ("/link", Paging(kind="link_header")),
    ],
)
def test_every_way_of_paging_gives_all_records(path: str, paging: Paging, tmp_path: Path) -> None:
    with serving(pages) as (url, allow):
        what = Fetch(path=path, records="/items", paging=paging)
        found = fetch(url, allow=allow, folder=tmp_path, name="a", what=what)
    assert lines(found.path) == RECORDS
    assert found.records == 7


def test_pages_that_go_in_a_circle_end(tmp_path: Path) -> None:
    what = Fetch(records="/items", paging=Paging(kind="next_link", next="/next"))
    same = Fetch(records="/items", paging=Paging(kind="page", parameter="page"))

    def circle(path: str, _headers: dict[str, str]) -> Answer:
        return ok({"items": [path], "next": "/b" if path == "/a" else "/a"})

    with serving(circle) as (url, allow), pytest.raises(BadAnswer, match="circle"):
        fetch(url + "/a", allow=allow, folder=tmp_path, name="a", what=what)
    with (
        serving(lambda _path, _headers: ok({"items": [1]})) as (url, allow),
        pytest.raises(BadAnswer, match="same page"),
    ):
        fetch(url, allow=allow, folder=tmp_path, name="a", what=same)


def test_endless_pages_end(tmp_path: Path) -> None:
    what = Fetch(paging=Paging(kind="page", parameter="page", most_pages=5))
    with (
        serving(lambda path, _headers: ok([path])) as (url, allow),
        pytest.raises(BadAnswer, match="more than 5 pages"),
    ):
        fetch(url, allow=allow, folder=tmp_path, name="a", what=what)


def test_a_next_page_on_another_host_is_refused(tmp_path: Path) -> None:
    what = Fetch(records="/i", paging=Paging(kind="next_link", next="/n"))
    with (
        serving(lambda _path, _headers: ok({"i": [1], "n": "http://169.254.169.254/latest"})) as (url, allow),
        pytest.raises(BadAnswer, match="another host"),
    ):
        fetch(url, allow=allow, folder=tmp_path, name="a", what=what)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1,", b"\xff\xfe", b"[" * 100_000, b"<html>", b'{"a":1}', b"null", b"\xef\xbb\xbf"]
)
def test_answers_that_are_no_list_of_records(body: bytes, tmp_path: Path) -> None:
    with serving(lambda _path, _headers: ok(body)) as (url, allow), pytest.raises(BadAnswer):
        fetch(url, allow=allow, folder=tmp_path, name="a")
    assert list(tmp_path.iterdir()) == []


def test_csv_is_kept_as_it_is(tmp_path: Path) -> None:
    body = "a;b\n1;ä\n".encode("latin-1")
    with serving(lambda _path, _headers: ok(body)) as (url, allow):
        found = fetch(url, allow=allow, folder=tmp_path, name="a", what=Fetch(format="csv"))
    assert Path(found.path).read_bytes() == body
    assert found.path.endswith("a.csv")


def test_certificates_are_checked(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate = tmp_path / "c.pem"
    certificate.write_bytes(self_signed())
    context.load_cert_chain(certificate)
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.daemon_threads = True
    server.handle_error = lambda *_args: None  # type: ignore[method-assign]
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    port = server.server_address[1]
    try:
        with pytest.raises(SourceDown, match="cannot be reached"):
            fetch(f"https://127.0.0.1:{port}/", allow=AllowList((Allowed("127.0.0.1"),)), folder=tmp_path, name="a")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def self_signed() -> bytes:
    """Return a key and a certificate nobody signed."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private + certificate.public_bytes(pem)
