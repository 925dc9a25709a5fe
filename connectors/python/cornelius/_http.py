"""HTTP without a socket: the bytes of a request, and the answer in the bytes
that came. Both kinds of Cornelius use it."""

from __future__ import annotations

import json
import re
import ssl
from typing import NamedTuple, Optional, Tuple
from urllib.parse import urlsplit

from ._error import CorneliusError

_MAX_ANSWER = 1 << 16  # Dudley's longest is far shorter
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] (\d{3})(?: .*)?")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?")


class Address(NamedTuple):
    """Where Dudley listens: at a host and port, or at the socket of a path."""

    host: str
    port: int
    tls: Optional[ssl.SSLContext]
    socket: Optional[str]
    head: bytes  # of each request, but for the length

    def request(self, body: bytes) -> bytes:
        return b"%sContent-Length: %d\r\n\r\n%s" % (self.head, len(body), body)


def address(url: str, token: Optional[str]) -> Address:
    socket = url[len("unix:"):] if url.startswith("unix:") else None
    try:
        parts = urlsplit("http://localhost/" if socket else url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or parts.query or parts.fragment or parts.username is not None or parts.scheme not in ("http", "https") or not _is_plain(url):
        raise CorneliusError(f"{url!r} is no address of Dudley, which is written 'http://localhost:8004/' or 'unix:/path'")
    secure = parts.scheme == "https"
    # Made once, because it reads all certificates of the system.
    tls = ssl.create_default_context() if secure else None
    return Address(host, port or (443 if secure else 80), tls, socket, _head(parts.path or "/", parts.netloc, token))


def _head(target: str, host: str, token: Optional[str]) -> bytes:
    lines = [f"POST {target} HTTP/1.1", f"Host: {host}", "Content-Type: application/json", "Accept: application/json"]
    if token is not None:
        if not (token.isascii() and token.isprintable()):
            raise CorneliusError("the token has characters that no header may have, such as a line feed at its end")
        lines.append(f"Authorization: Bearer {token}")
    return "".join(line + "\r\n" for line in lines).encode()


def _is_plain(url: str) -> bool:
    return url.startswith("unix:") or url.isascii() and url.isprintable() and " " not in url


class Answer(NamedTuple):
    status: int
    body: bytes
    keep: bool  # whether the connection may be used again


def parse(raw: bytes, ended: bool) -> Optional[Answer]:
    """Returns the answer at the front of what came, None if there must come more
    of it. Raises ValueError if it will never be one. ended says that nothing
    more comes."""
    if len(raw) > _MAX_ANSWER:
        raise ValueError(f"the answer is longer than {_MAX_ANSWER} bytes")
    status = 100
    while 100 <= status < 200:
        head, found, raw = raw.partition(b"\r\n\r\n")
        if not found and not ended:
            return None
        first, *lines = head.split(b"\r\n")
        line = _STATUS_LINE.fullmatch(first)
        if not found or line is None:
            raise ValueError(f"the answer is no HTTP, or was cut: {head[:80]!r}")
        status = int(line[1])
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
    whole = _body(status, headers, raw, ended)
    if whole is None:
        if ended:
            raise ValueError("the answer was cut")
        return None
    body, left = whole
    keep = first.startswith(b"HTTP/1.1") and b"close" not in headers.get(b"connection", b"").lower() and not left and not ended
    return Answer(status, body, keep)


def _body(status: int, headers: dict[bytes, bytes], raw: bytes, ended: bool) -> Optional[Tuple[bytes, bytes]]:
    """Returns the body and what follows it, None if it is not whole."""
    if status in (204, 304):
        return b"", raw
    if b"chunked" in headers.get(b"transfer-encoding", b"").lower():
        return _chunks(raw)
    if b"content-length" in headers:
        size = int(headers[b"content-length"])
        return (raw[:size], raw[size:]) if 0 <= size <= len(raw) else None
    return (raw, b"") if ended else None


def _chunks(raw: bytes) -> Optional[Tuple[bytes, bytes]]:
    body = b""
    while True:
        line, found, raw = raw.partition(b"\r\n")
        if not found:
            return None
        match = _CHUNK_SIZE.fullmatch(line)
        if match is None:
            raise ValueError(f"{line[:80]!r} is no size of a chunk")
        size = int(match[1], 16)
        if size == 0:
            break
        if len(raw) < size + 2:
            return None
        body, raw = body + raw[:size], raw[size + 2:]
    while line:  # what may follow the last chunk, up to an empty line
        line, found, raw = raw.partition(b"\r\n")
        if not found:
            return None
    return body, raw


def judge(answer: Answer) -> None:
    """Raises CorneliusError unless Dudley took the batch."""
    status, text, _ = answer
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        told = {}
    if status == 200 and told.get("success") is True:
        return
    if 400 <= status < 500 and isinstance(told.get("error"), str):
        raise CorneliusError(told["error"], status, told.get("index"))
    raise CorneliusError(f"this is no answer of Dudley: HTTP {status} with {text[:80]!r}", status)
