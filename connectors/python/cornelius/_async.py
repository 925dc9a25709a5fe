from __future__ import annotations

import asyncio
from typing import Any, Iterable, List, Optional, Tuple

from ._batch import Paths, Update, connections, encode
from ._error import CorneliusError
from ._http import Answer, address, judge, parse

_MAX_KEPT = 8  # connections that wait for the next call


class AsyncCornelius:
    """Cornelius for asyncio: the same verbs with the same rules, to be awaited.

    Many tasks may use one at once. timeout: how many seconds a call may take in
    all. A call that is cancelled sends nothing more; it is not known whether
    what it sent was taken.
    """

    def __init__(self, url: str = "http://localhost:8004/", *, token: Optional[str] = None, timeout: float = 5.0) -> None:
        self._address = address(url, token)
        self._url = url
        self._timeout = timeout
        self._kept: List[Tuple[asyncio.AbstractEventLoop, _Connection]] = []

    async def update(self, path: str, message: Any) -> None:
        """Says that message is the news of path, as Cornelius.update does."""
        await self.updates([(path, message)])

    async def updates(self, updates: Iterable[Update]) -> None:
        """Hands over all updates in order, or none of them."""
        body = encode(updates)
        if body:
            judge(await self._post(body))

    async def connect(self, id: str, path_or_paths: Paths) -> None:
        """Says that from now on id hears the path, or all of the paths."""
        await self.updates(connections("::connect", id, path_or_paths))

    async def disconnect(self, id: str, path_or_paths: Paths) -> None:
        """Says that id hears the path, or any of the paths, no longer."""
        await self.updates(connections("::disconnect", id, path_or_paths))

    async def close(self) -> None:
        """Closes the connections that wait for the next call. A call after that
        opens a new one."""
        while self._kept:
            loop, connection = self._kept.pop()
            if not loop.is_closed():
                connection.transport.abort()
        await asyncio.sleep(0)  # in which their sockets are closed

    async def __aenter__(self) -> AsyncCornelius:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _post(self, body: bytes) -> Answer:
        try:
            return await asyncio.wait_for(self._exchange(self._address.request(body)), self._timeout)
        except asyncio.TimeoutError as cause:
            raise CorneliusError(f"no answer came from {self._url} within {self._timeout} s") from TimeoutError(*cause.args)
        except (OSError, ValueError) as cause:
            raise CorneliusError(f"no answer came from {self._url}: {cause!r}") from cause

    async def _exchange(self, request: bytes) -> Answer:
        connection = await self._reuse() or await self._open()
        answer = None
        try:
            answer = await connection.ask(request)
            return answer
        finally:
            # What is still to come on any other would be the next call's answer.
            if answer and answer.keep and len(self._kept) < _MAX_KEPT:
                self._kept.append((asyncio.get_running_loop(), connection))
            else:
                connection.transport.abort()

    async def _reuse(self) -> Optional[_Connection]:
        """Returns a kept connection that is still open and of the loop that runs."""
        if self._kept:
            # The end of one that was closed while nobody looked is read in the
            # first turn of the loop and told in the second.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        while self._kept:
            loop, connection = self._kept.pop()
            if loop is asyncio.get_running_loop() and not connection.transport.is_closing():
                return connection
        return None

    async def _open(self) -> _Connection:
        to, loop = self._address, asyncio.get_running_loop()
        if to.socket:
            _, connection = await loop.create_unix_connection(_Connection, to.socket)
        else:
            _, connection = await loop.create_connection(_Connection, to.host, to.port, ssl=to.tls)
        return connection


class _Connection(asyncio.Protocol):
    """Takes one answer at a time. Whatever comes unasked closes it."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._raw = b""
        self._waiting: Optional[asyncio.Future[Answer]] = None

    async def ask(self, request: bytes) -> Answer:
        self._raw = b""
        self._waiting = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        try:
            return await self._waiting
        finally:
            self._waiting = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._raw += data
        self._look(ended=False)

    def connection_lost(self, cause: Optional[Exception]) -> None:
        if cause is not None and self._waiting and not self._waiting.done():
            self._waiting.set_exception(cause)
        else:
            self._look(ended=True)

    def _look(self, ended: bool) -> None:
        if self._waiting is None or self._waiting.done():
            self.transport.abort()
            return
        try:
            answer = parse(self._raw, ended)
        except ValueError as cause:
            self._waiting.set_exception(cause)
        else:
            if answer is not None:
                self._waiting.set_result(answer)
