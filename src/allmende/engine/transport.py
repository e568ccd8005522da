# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""An httpx transport that connects only to checked addresses, without proxies, within a deadline.

The name is resolved once, every address checked, and the connection made to the address that was checked, so a name
that answers differently a moment later (DNS rebinding) gains nothing. Certificates are checked against the name.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Iterator
from typing import Any

import httpcore
import httpx

from allmende.engine.addresses import AllowList, Lookup, checked, look_up


class _Backend(httpcore.NetworkBackend):
    """Connects to checked addresses; the streams it gives end at the deadline."""

    def __init__(self, allow: AllowList, deadline: float, lookup: Lookup) -> None:
        self._allow, self._deadline, self._lookup = allow, deadline, lookup
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that answers."""
        failure: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in checked(host, port, self._allow, self._lookup):
            try:
                within = _remaining(self._deadline, timeout, httpcore.ConnectTimeout)
                stream = self._inner.connect_tcp(address, port, within, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _Stream(stream, self._deadline)
        raise failure or httpcore.ConnectError("no address")

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        """Refuse: nothing here speaks to local sockets."""
        raise httpcore.ConnectError(f"no Unix sockets: {path!r} {timeout} {socket_options}")

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self._inner.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    """A stream on which no read or write outlasts the deadline, however slowly the other side drips."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: float) -> None:
        self._inner, self._deadline = inner, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read."""
        return self._inner.read(max_bytes, _remaining(self._deadline, timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write."""
        self._inner.write(buffer, _remaining(self._deadline, timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        """Close."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Encrypt, checking the certificate against the name."""
        within = _remaining(self._deadline, timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, within), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """Return what the inner stream knows."""
        return self._inner.get_extra_info(info)


def _remaining(deadline: float, timeout: float | None, error: type[Exception]) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise error("the time is up")
    return left if timeout is None else min(left, timeout)


class _Body(httpx.SyncByteStream):
    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = parts

    def __iter__(self) -> Iterator[bytes]:
        with _translated():
            yield from self._parts

    def close(self) -> None:
        if hasattr(self._parts, "close"):
            self._parts.close()


class _translated:  # noqa: N801 (used like a function)
    """Turn httpcore's errors into httpx's."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, httpcore.TimeoutException):
            raise httpx.ReadTimeout(str(error)) from error
        if isinstance(error, httpcore.NetworkError | httpcore.ProtocolError | httpcore.UnsupportedProtocol):
            raise httpx.ConnectError(str(error)) from error


class CheckedTransport(httpx.BaseTransport):
    """The transport. ``deadline`` is a value of ``time.monotonic()``; ``trust`` the certificates believed."""

    def __init__(
        self,
        allow: AllowList,
        *,
        deadline: float,
        trust: ssl.SSLContext | None = None,
        lookup: Lookup = look_up,
    ) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=trust or ssl.create_default_context(),
            network_backend=_Backend(allow, deadline, lookup),
            max_connections=4,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; redirects are the caller's."""
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        sent = httpcore.Request(
            request.method, url, headers=request.headers.raw, content=request.stream, extensions=request.extensions
        )
        with _translated():
            answer = self._pool.handle_request(sent)
        parts = answer.stream
        assert isinstance(parts, Iterable)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(parts), extensions=answer.extensions)

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()
