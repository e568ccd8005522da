# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Fetching over HTTP(S): into a file, page by page, within limits, from checked addresses only."""

from __future__ import annotations

import hashlib
import ssl
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import msgspec

from allmende.engine.addresses import AllowList, Lookup, look_up
from allmende.engine.connection import Fetch
from allmende.engine.transport import CheckedTransport
from allmende.kernel.clock import now
from allmende.kernel.errors import Invalid, Problem, SourceDown
from allmende.kernel.text import Text

_REDIRECTS = 5
_CHUNK = 1 << 16


class BadAnswer(Problem):
    """The interface answers, but not with what was expected."""

    status = 502
    kind = "bad-answer"
    title = Text("Unbrauchbare Antwort der Quelle", "Unusable answer of the source")


class Limits(msgspec.Struct, frozen=True):
    """What one fetch may use."""

    seconds: float = 300.0
    idle_seconds: float = 15.0
    page_bytes: int = 64 << 20
    total_bytes: int = 2 << 30


class Fetched(msgspec.Struct, frozen=True):
    """A file that was fetched. ``unchanged`` says that the interface confirmed the version already here."""

    path: str
    url: str
    read_at: datetime
    pages: int
    records: int
    bytes: int
    unchanged: bool = False


class _Kept(msgspec.Struct, frozen=True):
    """What is remembered beside a file, to ask whether it changed."""

    asked: str
    etag: str
    modified: str
    fetched: Fetched


def fetch(
    url: str,
    *,
    allow: AllowList,
    folder: Path,
    name: str,
    what: Fetch | None = None,
    headers: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    trust: ssl.SSLContext | None = None,
    lookup: Lookup = look_up,
) -> Fetched:
    """Fetch ``url`` into ``folder/name.jsonl`` (JSON, one record in each line) or ``folder/name.csv``.

    ``headers`` may carry credentials; they go to the first origin only. Raises AddressRefused for internal addresses
    that ``allow`` does not hold, SourceDown if nothing answers in time, BadAnswer for answers that are too large,
    endless or
    not what was expected, Invalid for an address that is none.
    """
    what, limits = what or Fetch(), limits or Limits()
    base = _address(url)
    start = _address(urljoin(url, what.path)) if what.path else base
    if _origin(start) != _origin(base):  # else the path could carry the credentials away
        raise Invalid(Text("Der Pfad führt zu einem anderen Rechner.", "The path leads to another host."))
    if what.format == "csv" and what.paging.kind != "none":
        raise Invalid(Text("CSV wird nicht seitenweise geholt.", "CSV is not fetched in pages."))
    target = folder / f"{name}.{'jsonl' if what.format == 'json' else 'csv'}"
    beside = target.with_suffix(target.suffix + ".meta")
    kept = _remembered(beside, target, start, what)
    deadline = time.monotonic() + limits.seconds
    transport = CheckedTransport(allow, deadline=deadline, trust=trust, lookup=lookup)
    timeout = httpx.Timeout(limits.idle_seconds)
    part = target.with_suffix(target.suffix + ".part")
    with httpx.Client(transport=transport, trust_env=False, follow_redirects=False, timeout=timeout) as client:
        run = _Run(client, start, dict(headers or {}), limits)
        try:
            if kept is not None and run.unchanged(kept):
                same = msgspec.structs.replace(kept.fetched, read_at=now(), unchanged=True)
                beside.write_bytes(msgspec.json.encode(msgspec.structs.replace(kept, fetched=same)))
                return same
            with part.open("wb") as out:
                if what.format == "csv":
                    pages, records = 1, 0
                    for chunk in run.chunks(start, limits.total_bytes):
                        out.write(chunk)
                else:
                    pages, records = _write_pages(run, what, out)
                size = out.tell()
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    part.replace(target)
    fetched = Fetched(str(target), str(start), now(), pages, records, size)
    single = pages == 1
    memory = _Kept(_asked(start, what), run.etag if single else "", run.modified if single else "", fetched)
    beside.write_bytes(msgspec.json.encode(memory))
    return fetched


def _asked(url: httpx.URL, what: Fetch) -> str:
    return hashlib.sha256(str(url).encode() + msgspec.json.encode(what)).hexdigest()


def _remembered(beside: Path, target: Path, url: httpx.URL, what: Fetch) -> _Kept | None:
    try:
        kept = msgspec.json.decode(beside.read_bytes(), type=_Kept)
    except (OSError, msgspec.DecodeError):
        return None
    good = kept.asked == _asked(url, what) and target.is_file() and (kept.etag or kept.modified)
    return kept if good else None


def _address(url: str) -> httpx.URL:
    try:
        address = httpx.URL(url)
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise Invalid(Text("Das ist keine Adresse.", "That is no address.")) from error
    if address.scheme not in {"http", "https"} or not address.host or address.userinfo:
        raise Invalid(
            Text(
                "Eine Adresse beginnt mit http:// oder https:// und enthält kein Kennwort.",
                "An address begins with http:// or https:// and contains no password.",
            )
        )
    return address.copy_with(fragment=None)


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)


class _Run:
    """One fetch: the client, the credentials for its first origin, the bytes used so far."""

    def __init__(self, client: httpx.Client, start: httpx.URL, headers: dict[str, str], limits: Limits) -> None:
        self.client, self.start, self.headers, self.limits = client, start, headers, limits
        self.used = 0
        self.etag = self.modified = ""
        self.links: dict[str, str] = {}

    def unchanged(self, kept: _Kept) -> bool:
        """Return whether the interface says that its answer is the one already here."""
        asks = {k: v for k, v in (("If-None-Match", kept.etag), ("If-Modified-Since", kept.modified)) if v}
        with self._answer(self.start, asks) as answer:
            return answer.status_code == 304

    @contextmanager
    def _answer(self, url: httpx.URL, more: Mapping[str, str] | None = None) -> Iterator[httpx.Response]:
        """Ask, following redirects, each address checked anew; credentials stay at the first origin."""
        place = url
        for _ in range(_REDIRECTS + 1):
            headers = {"Accept": "application/json, text/csv;q=0.9, */*;q=0.5", "Accept-Encoding": "gzip"}
            headers["User-Agent"] = "Allmende"
            headers |= dict(more or {})
            if _origin(place) == _origin(self.start):
                headers |= self.headers
            try:
                with self.client.stream("GET", place, headers=headers) as answer:
                    if not answer.is_redirect or not answer.headers.get("location"):
                        self._check(answer, place)
                        yield answer
                        return
                    following = _address(urljoin(str(place), answer.headers["location"]))
            except httpx.TimeoutException as error:
                raise self._down(place, Text("antwortet nicht rechtzeitig", "does not answer in time")) from error
            except httpx.HTTPError as error:
                raise self._down(place, Text("ist nicht erreichbar", "cannot be reached")) from error
            if place.scheme == "https" and following.scheme != "https":
                raise self._bad(
                    place, Text("leitet auf eine unverschlüsselte Adresse um", "redirects to an unencrypted address")
                )
            place = following
        raise self._bad(url, Text("leitet zu oft um", "redirects too often"))

    def _check(self, answer: httpx.Response, place: httpx.URL) -> None:
        status = answer.status_code
        if status in {200, 304}:
            return
        said = Text(f"antwortet mit dem Status {status}", f"answers with status {status}")
        if status in {401, 403}:
            said = Text(
                f"weist die Zugangsdaten zurück (Status {status})", f"refuses the credentials (status {status})"
            )
        raise self._down(place, said) if status >= 500 or status == 429 else self._bad(place, said)

    def chunks(self, url: httpx.URL, most: int) -> Iterator[bytes]:
        """Yield the body of an answer, unpacked, never more than ``most`` bytes."""
        with self._answer(url) as answer:
            self.etag = answer.headers.get("etag", "")
            self.modified = answer.headers.get("last-modified", "")
            self.links = {rel: link.get("url", "") for rel, link in answer.links.items() if rel}
            packing = answer.headers.get("content-encoding", "identity").strip().lower()
            if packing not in {"", "identity", "gzip", "x-gzip"}:
                raise self._bad(url, Text("ist in unbekannter Weise gepackt", "is packed in an unknown way"))
            unpack = zlib.decompressobj(31) if packing.endswith("gzip") else None
            got = 0
            for raw in answer.iter_raw(_CHUNK):
                for chunk in self._unpacked(url, raw, unpack):
                    got += len(chunk)
                    self.used += len(chunk)
                    if got > most or self.used > self.limits.total_bytes:
                        raise self._bad(url, Text(f"ist größer als {most >> 20} MB", f"is larger than {most >> 20} MB"))
                    yield chunk
            if unpack is not None and not unpack.eof:
                raise self._bad(url, Text("bricht mittendrin ab", "breaks off in the middle"))

    def _unpacked(self, url: httpx.URL, raw: bytes, unpack: Any) -> Iterator[bytes]:
        if unpack is None:
            yield raw
            return
        while raw:
            try:
                chunk: bytes = unpack.decompress(raw, 16 * _CHUNK)
            except zlib.error as error:
                raise self._bad(url, Text("ist falsch gepackt", "is wrongly packed")) from error
            if chunk:
                yield chunk
            raw = unpack.unconsumed_tail
            if unpack.eof:
                return

    def page(self, url: httpx.URL) -> bytes:
        """Return the body of one page."""
        return b"".join(self.chunks(url, self.limits.page_bytes))

    def _down(self, url: httpx.URL, what: Text) -> SourceDown:
        return SourceDown(Text(f"„{url.host}“ {what.de}.", f"“{url.host}” {what.en}."), host=url.host)

    def _bad(self, url: httpx.URL, what: Text) -> BadAnswer:
        shown = str(url.copy_with(query=None))
        return BadAnswer(Text(f"„{shown}“ {what.de}.", f"“{shown}” {what.en}."), url=shown)

    bad = _bad


def _write_pages(run: _Run, what: Fetch, out: Any) -> tuple[int, int]:
    """Write the records of all pages, one in each line; return how many pages and records."""
    paging = what.paging
    seen_urls: set[str] = set()
    seen_bodies: set[bytes] = set()
    records = 0
    place: httpx.URL | None = _first(run.start, what)
    pages = 0
    while place is not None:
        if pages >= paging.most_pages:
            raise run.bad(
                place, Text(f"hat mehr als {paging.most_pages} Seiten", f"has more than {paging.most_pages} pages")
            )
        if str(place) in seen_urls:
            raise run.bad(place, Text("verweist im Kreis auf sich selbst", "links to itself in a circle"))
        seen_urls.add(str(place))
        body = run.page(place)
        digest = hashlib.sha256(body).digest()
        parsed = _parsed(run, place, body)
        found = pointed(parsed, what.records)
        if not isinstance(found, list):
            raise run.bad(
                place, Text(f"hat keine Liste bei „{what.records or '/'}“", f"has no list at “{what.records or '/'}”")
            )
        if found and digest in seen_bodies:
            raise run.bad(place, Text("liefert dieselbe Seite immer wieder", "gives the same page again and again"))
        seen_bodies.add(digest)
        pages += 1
        for record in found:
            out.write(msgspec.json.encode(record) + b"\n")
        records += len(found)
        place = _next(run, place, what, parsed, found, pages, records)
    return pages, records


def _parsed(run: _Run, place: httpx.URL, body: bytes) -> Any:
    try:
        return msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except RecursionError as error:
        raise run.bad(place, Text("ist zu tief verschachtelt", "is nested too deeply")) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise run.bad(place, Text(f"ist kein JSON ({error})", f"is not JSON ({error})")) from error


def pointed(value: Any, pointer: str) -> Any:
    """Return what a JSON pointer (RFC 6901) points at, None if nothing."""
    for raw in pointer.split("/")[1:]:
        key = raw.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and key.isascii() and key.isdigit() and int(key[:9]) < len(value):
            value = value[int(key)]
        else:
            return None
    return value


def _first(start: httpx.URL, what: Fetch) -> httpx.URL:
    paging = what.paging
    added: dict[str, str] = {}
    if paging.size_parameter and paging.size:
        added[paging.size_parameter] = str(paging.size)
    if paging.kind in {"page", "offset"} and paging.parameter:
        added[paging.parameter] = str(paging.first if paging.kind == "page" else 0)
    return start.copy_merge_params(added) if added else start


def _next(
    run: _Run, place: httpx.URL, what: Fetch, parsed: Any, found: list[Any], pages: int, records: int
) -> httpx.URL | None:
    paging = what.paging
    match paging.kind:
        case "page" | "offset":
            if not found or (paging.size and len(found) < paging.size):
                return None
            count = paging.first + pages if paging.kind == "page" else records
            return place.copy_set_param(paging.parameter, str(count))
        case "cursor":
            cursor = pointed(parsed, paging.next)
            if not found or cursor in {None, ""} or not isinstance(cursor, str | int):
                return None
            return place.copy_set_param(paging.parameter, str(cursor))
        case "next_link" | "link_header":
            link = pointed(parsed, paging.next) if paging.kind == "next_link" else run.links.get("next")
            if not isinstance(link, str) or not link:
                return None
            following = _address(urljoin(str(place), link))
            if (following.host, following.scheme) == (place.host, "http") and place.scheme == "https":
                following = following.copy_with(scheme="https", port=place.port)  # behind a proxy that hides TLS
            if _origin(following) != _origin(place):
                raise run.bad(place, Text("verweist auf einen anderen Rechner", "links to another host"))
            return following
        case _:
            return None
