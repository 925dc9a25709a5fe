"""Speaks to Roots for a back-end written in Python.

    from cornelius import Cornelius
    roots = Cornelius()
    roots.update("my/data", "hello")

Updates go to Dudley, the piece of Roots that takes them over HTTP.

The rules
---------
1. A call hands over all that it was given, in order, or nothing of it. A batch
   of more than 1,000 updates or 1 MiB is an error and is not split.
2. A call that returns has been taken. That does not mean that anybody hears
   those paths, nor that an id is of someone still there.
3. Nothing is sent twice. When no answer came, it is not known whether the batch
   was taken; to send it again is for the caller to decide.
4. Whatever goes wrong is a CorneliusError.
5. A Cornelius may be used by many threads at once. Each call waits for its
   answer.

It keeps nothing, not even a connection, retries nothing, and follows neither
redirects nor the proxies of the environment.
"""

from __future__ import annotations

import json
import ssl
import unicodedata
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Callable, Iterable, Mapping, Optional, Tuple, Union
from urllib.parse import urlsplit

__all__ = ["Cornelius", "CorneliusError"]

_Update = Union[Tuple[str, Any], Mapping[str, Any]]
_Paths = Union[str, Iterable[str]]

_MAX_PATH = 255
_MAX_BODY = 1 << 20
_MAX_ANSWER = 1 << 16  # Dudley's longest is far shorter


class CorneliusError(Exception):
    """Updates were not taken, or are not known to be.

    status: the HTTP status of the answer; 400 or 413 when what was given is not
        valid, which needs no asking; None when no answer came, and then
        __cause__ says why, such as a TimeoutError.
    index: which update or path of the call is at fault, from 0; None when it is
        none of them.
    """

    def __init__(self, text: str, status: Optional[int] = None, index: Optional[int] = None) -> None:
        super().__init__(text if index is None else f"item {index}: {text}")
        self.status = status
        self.index = index


class Cornelius:
    """Hands updates to the Dudley at url.

    token: what that Dudley asks for, if it does.
    timeout: how many seconds each step may take: to connect, to send, and each
        wait for a part of the answer.

    Raises CorneliusError when url is no such address or token can't be sent.
    Nothing is sent yet.
    """

    def __init__(self, url: str = "http://localhost:8004/", *, token: Optional[str] = None, timeout: float = 5.0) -> None:
        self._connection, self._target = _address(url)
        self._url = url
        self._timeout = timeout
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if token is not None:
            if not (token.isascii() and token.isprintable()):
                raise CorneliusError("the token has characters that no header may have, such as a line feed at its end")
            self._headers["Authorization"] = f"Bearer {token}"

    def update(self, path: str, message: Any) -> None:
        """Says that message is the news of path.

        A str goes as it is. Anything else that JSON knows, such as a dict, a
        number or None, arrives as its compact JSON text.
        """
        self.updates([(path, message)])

    def updates(self, updates: Iterable[_Update]) -> None:
        """Hands over all updates in order, or none of them.

        Each is a pair (path, message) or a dict {"path": …, "message": …}.
        """
        body = b"[" + b",".join(_item(index, update) for index, update in enumerate(updates)) + b"]"
        if len(body) > _MAX_BODY:
            raise CorneliusError(f"the batch is {len(body)} bytes of JSON, at most {_MAX_BODY} are allowed", 413)
        _judge(*self._post(body))

    def connect(self, id: str, path_or_paths: _Paths) -> None:
        """Says that from now on id hears the path, or all of the paths."""
        self._connections("::connect", id, path_or_paths)

    def disconnect(self, id: str, path_or_paths: _Paths) -> None:
        """Says that id hears the path, or any of the paths, no longer."""
        self._connections("::disconnect", id, path_or_paths)

    def _connections(self, verb: str, id: str, path_or_paths: _Paths) -> None:
        paths = [path_or_paths] if isinstance(path_or_paths, str) else path_or_paths
        self.updates([(verb, _connection(index, id, path)) for index, path in enumerate(paths)])

    def _post(self, body: bytes) -> Tuple[int, bytes]:
        connection = self._connection(timeout=self._timeout)
        try:
            connection.request("POST", self._target, body, self._headers)
            with connection.getresponse() as answer:
                return answer.status, answer.read(_MAX_ANSWER)
        except (OSError, HTTPException, UnicodeError) as cause:
            raise CorneliusError(f"no answer came from {self._url}: {cause!r}") from cause
        finally:
            connection.close()


def _address(url: str) -> Tuple[Callable[..., HTTPConnection], str]:
    """Returns what makes a connection to url, and the path there."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.query or parts.fragment or parts.username is not None or parts.scheme not in ("http", "https"):
        raise CorneliusError(f"{url!r} is no address of Dudley, which is written 'http://localhost:8004/'")
    if parts.scheme == "https":
        # Made once, because it reads all certificates of the system.
        return partial(HTTPSConnection, host, port or 443, context=ssl.create_default_context()), parts.path or "/"
    return partial(HTTPConnection, host, port or 80), parts.path or "/"


def _item(index: int, update: _Update) -> bytes:
    if isinstance(update, Mapping) and {"path", "message"} <= update.keys():
        path, message = update["path"], update["message"]
    elif isinstance(update, (tuple, list)) and len(update) == 2:
        path, message = update
    else:
        text = f"an update is a pair (path, message) or a dict with these keys, not {update!r:.80}"
        raise CorneliusError(text, 400, index)
    try:
        item = {"path": path, "message": message}
        return json.dumps(item, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as cause:
        raise CorneliusError(f"a message is text, or what JSON knows: {cause}", 400, index) from cause


def _connection(index: int, id: str, path: str) -> str:
    """Makes the message of a connection, checked as Roots will check it: there a
    bad one is only logged, where the caller does not see it."""
    if not isinstance(id, str) or not id or "->" in id:
        raise CorneliusError(f"{id!r:.80} is no id, such as a browser sends", 400, index)
    if not isinstance(path, str) or not _is_path(path) or path.startswith("::"):
        text = f"{path!r:.80} can't be connected to: a path is printable text of 1 to {_MAX_PATH} bytes without '::' in front"
        raise CorneliusError(text, 400, index)
    return f"{id}->{path}"


def _is_path(text: str) -> bool:
    size = len(text.encode(errors="replace"))
    return 0 < size <= _MAX_PATH and all(unicodedata.category(letter) != "Cc" for letter in text)


def _judge(status: int, text: bytes) -> None:
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        answer = {}
    if status == 200 and answer.get("success") is True:
        return
    if 400 <= status < 500 and isinstance(answer.get("error"), str):
        raise CorneliusError(answer["error"], status, answer.get("index"))
    raise CorneliusError(f"this is no answer of Dudley: HTTP {status} with {text[:80]!r}", status)
