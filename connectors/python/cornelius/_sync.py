from __future__ import annotations

import os
import socket
import ssl
from time import monotonic
from typing import Any, Iterable, List, Optional, Tuple

from ._batch import Paths, Update, connections, encode
from ._error import CorneliusError
from ._http import Answer, address, judge, parse

_MAX_KEPT = 8  # connections that wait for the next call
_NOTHING_YET = (BlockingIOError, ssl.SSLWantReadError)


class Cornelius:
    """Hands updates to the Dudley at url, which is written
    "http://localhost:8004/" or "unix:/run/roots/dudley.sock".

    token: what that Dudley asks for, if it does.
    timeout: how many seconds a call may take in all, but for looking up the
        host's name.

    Raises CorneliusError when url is no such address or token can't be sent.
    Nothing is sent yet.
    """

    def __init__(self, url: str = "http://localhost:8004/", *, token: Optional[str] = None, timeout: float = 5.0) -> None:
        self._kept: List[Tuple[int, socket.socket]] = []
        self._address = address(url, token)
        self._url = url
        self._timeout = timeout

    def update(self, path: str, message: Any) -> None:
        """Says that message is the news of path.

        A str goes as it is. Anything else that JSON knows, such as a dict, a
        number or None, arrives as its compact JSON text.
        """
        self.updates([(path, message)])

    def updates(self, updates: Iterable[Update]) -> None:
        """Hands over all updates in order, or none of them.

        Each is a pair (path, message) or a dict {"path": …, "message": …}.
        """
        body = encode(updates)
        if body:
            judge(self._post(body))

    def connect(self, id: str, path_or_paths: Paths) -> None:
        """Says that from now on id hears the path, or all of the paths."""
        self.updates(connections("::connect", id, path_or_paths))

    def disconnect(self, id: str, path_or_paths: Paths) -> None:
        """Says that id hears the path, or any of the paths, no longer."""
        self.updates(connections("::disconnect", id, path_or_paths))

    def close(self) -> None:
        """Closes the connections that wait for the next call. A call after that
        opens a new one."""
        while self._kept:
            self._kept.pop()[1].close()

    def __enter__(self) -> Cornelius:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_kept"):  # it has not if __init__ was called with a wrong argument
            self.close()

    def _post(self, body: bytes) -> Answer:
        try:
            return self._exchange(self._address.request(body), monotonic() + self._timeout)
        except socket.timeout as cause:
            raise CorneliusError(f"no answer came from {self._url} within {self._timeout} s") from TimeoutError(*cause.args)
        except (OSError, ValueError) as cause:
            raise CorneliusError(f"no answer came from {self._url}: {cause!r}") from cause

    def _exchange(self, request: bytes, deadline: float) -> Answer:
        connection = self._reuse() or self._open(deadline)
        answer = None
        try:
            connection.settimeout(_left(deadline))
            connection.sendall(request)
            answer = _receive(connection, deadline)
            return answer
        finally:
            # What is still to come on any other would be the next call's answer.
            if answer and answer.keep and len(self._kept) < _MAX_KEPT:
                self._kept.append((os.getpid(), connection))
            else:
                connection.close()

    def _reuse(self) -> Optional[socket.socket]:
        """Returns a kept connection that is still open and is this process's own:
        one from before a fork is its parent's too."""
        while self._kept:
            try:
                process, connection = self._kept.pop()
            except IndexError:  # another thread was faster
                break
            if process == os.getpid() and _is_idle(connection):
                return connection
            connection.close()
        return None

    def _open(self, deadline: float) -> socket.socket:
        to = self._address
        if to.socket:
            connection = socket.socket(socket.AF_UNIX)
        else:
            connection = socket.create_connection((to.host, to.port), _left(deadline))
        try:
            connection.settimeout(_left(deadline))
            if to.socket:
                connection.connect(to.socket)
            else:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return to.tls.wrap_socket(connection, server_hostname=to.host) if to.tls else connection
        except BaseException:
            connection.close()
            raise


def _left(deadline: float) -> float:
    left = deadline - monotonic()
    if left <= 0:
        raise socket.timeout("timed out")
    return left


def _receive(connection: socket.socket, deadline: float) -> Answer:
    raw, ended, answer = b"", False, None
    while answer is None:
        connection.settimeout(_left(deadline))
        data = connection.recv(1 << 16)
        raw, ended = raw + data, not data
        answer = parse(raw, ended)
    return answer


def _is_idle(connection: socket.socket) -> bool:
    """Whether there is nothing to read, not even the end."""
    try:
        connection.setblocking(False)
        connection.recv(1)
    except OSError as error:
        return isinstance(error, _NOTHING_YET)
    return False
