"""Drives Cornelius against a real Dudley, which `go test` starts. What all
connectors have in common is in connectors/conformance. The environment says where they are: DUDLEY, TOKEN_DUDLEY
(whose token is "secret"), and ARRIVED, which tells once what the first was given."""

import asyncio
import json
import os
import pickle
import socket
import threading
import unittest
from contextlib import suppress
from unittest import mock
from urllib.request import urlopen

from cornelius import AsyncCornelius, Cornelius, CorneliusError

DUDLEY = os.environ["DUDLEY"]
TOKEN_DUDLEY = os.environ["TOKEN_DUDLEY"]
ARRIVED = os.environ["ARRIVED"]


def arrived():
    with urlopen(ARRIVED) as answer:
        return [(update["path"], update["message"]) for update in json.load(answer) or []]


class Verbs(unittest.TestCase):
    def setUp(self):
        arrived()
        self.roots = Cornelius(DUDLEY)

    def test_update(self):
        self.assertIsNone(self.roots.update("my/data", "hello"))
        self.assertEqual(arrived(), [("my/data", "hello")])

    def test_text_goes_as_it_is(self):
        for text in ["", " ", "null", '{"a": 1}', "line\r\n\0\u2028\ufeff", "🦉é", "<b>&\\\"", "x" * 65536, "é" * 32768]:
            self.roots.update("p", text)
            self.assertEqual(arrived(), [("p", text)])

    def test_paths_go_as_they_are(self):
        for path in ["a//../b", "/", "a b?c#d%41", '"\\', "🦉", "é" * 127 + "x", "::match"]:
            self.roots.update(path, "m")
            self.assertEqual(arrived(), [(path, "m")])

    def test_values_arrive_as_compact_json(self):
        for value, text in [
            ({"b": [1, 2.5, "é"], "a": {}}, '{"b":[1,2.5,"é"],"a":{}}'),
            ([], "[]"),
            ((1, "->"), '[1,"->"]'),
            (12345678901234567890, "12345678901234567890"),
            (True, "true"),
            (None, "null"),
        ]:
            self.roots.update("p", value)
            self.assertEqual(arrived(), [("p", text)])

    def test_updates_in_order(self):
        batch = [("a", "1"), {"path": "b", "message": "2", "extra": 0}, ["a", 3]]
        self.roots.updates(update for update in batch)
        self.assertEqual(arrived(), [("a", "1"), ("b", "2"), ("a", "3")])

    def test_most_updates(self):
        batch = [("p", str(number)) for number in range(1000)]
        self.roots.updates(batch)
        self.assertEqual(arrived(), batch)

    def test_no_updates(self):
        self.roots.updates([])
        self.roots.connect("id", [])
        self.assertEqual(arrived(), [])

    def test_connect(self):
        self.roots.connect("id-1", "my/data")
        self.roots.connect("id-1", (path for path in ["b->c", ">", "é" * 127 + "x"]))
        self.roots.disconnect("id-1", "my/data")
        self.roots.disconnect("id-1", ["b->c"])
        self.assertEqual(arrived(), [
            ("::connect", "id-1->my/data"),
            ("::connect", "id-1->b->c"), ("::connect", "id-1->>"), ("::connect", "id-1->" + "é" * 127 + "x"),
            ("::disconnect", "id-1->my/data"),
            ("::disconnect", "id-1->b->c"),
        ])

    def test_token(self):
        Cornelius(TOKEN_DUDLEY, token="secret").update("p", "m")

    def test_many_threads(self):
        def push():
            for number in range(10):
                self.roots.update("p", str(number))

        threads = [threading.Thread(target=push) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(arrived()), 80)


class Refused(unittest.TestCase):
    """Each is refused with this status and index, and nothing arrives."""

    def refused(self, status, index, call, *args):
        arrived()
        with self.assertRaises(CorneliusError) as caught:
            call(*args)
        self.assertEqual((caught.exception.status, caught.exception.index), (status, index), caught.exception)
        self.assertEqual(arrived(), [])
        return caught.exception

    def test_by_dudley(self):
        roots = Cornelius(DUDLEY)
        error = self.refused(400, 1, roots.updates, [("p", "m"), ("", "m"), ("p", "m")])
        self.assertEqual(str(error), 'item 1: the path is empty, it must name something, as in "my/data"')
        self.refused(400, 0, roots.update, "x" * 256, "m")
        self.refused(400, 0, roots.update, "a\nb", "m")
        self.refused(400, 0, roots.update, 7, "m")
        self.refused(400, 0, roots.update, "p", "x" * 65537)
        self.refused(400, None, roots.updates, [("p", "m")] * 1001)

    def test_token(self):
        error = self.refused(401, None, Cornelius(TOKEN_DUDLEY, token="wrong").update, "p", "m")
        self.assertEqual(str(error), 'the token is missing or wrong, it is sent as "Authorization: Bearer TOKEN"')
        self.refused(401, None, Cornelius(TOKEN_DUDLEY).update, "p", "m")

    def test_no_update(self):
        for wrong in ["pm", ("p",), ("p", "m", "x"), {"path": "p"}, {}, None, 7]:
            self.refused(400, 1, Cornelius(DUDLEY).updates, [("p", "m"), wrong])

    def test_no_message(self):
        circle = []
        circle.append(circle)
        for wrong in [b"bytes", {1, 2}, float("nan"), float("inf"), "\ud83e", circle, object()]:
            error = self.refused(400, 1, Cornelius(DUDLEY).updates, [("p", "m"), ("p", wrong)])
            self.assertIsInstance(error.__cause__, (TypeError, ValueError))

    def test_too_long(self):
        batch = [("p", "x" * 61600)] * 17
        size = len("[") + 17 * (len('{"path":"p","message":""},') + 61600)
        batch[0] = ("p", "x" * (61600 + (1 << 20) - size))
        Cornelius(DUDLEY).updates(batch)
        self.assertEqual(arrived(), batch)
        batch[0] = ("p", batch[0][1] + "x")
        self.refused(413, None, Cornelius(DUDLEY).updates, batch)

    def test_connections(self):
        roots = Cornelius(DUDLEY)
        for call in [roots.connect, roots.disconnect]:
            for id in ["", "a->b", None, 7, b"id"]:
                self.refused(400, 0, call, id, "p")
            for path in ["", "::connect", "a\nb", "a\x7f", "a\x9f", "x" * 256, "é" * 128, "\ud83e", None, 7, b"p"]:
                self.refused(400, 1, call, "id", ["p", path, "q"])

    def test_address(self):
        for url in ["", "localhost", "localhost:8004", "ftp://localhost/", "http://", "http://localhost/?x", "http://localhost/#x",
                    "http://localhost:x/", "http://localhost:65536/", "http://[::1/", "unix:", "http://local host/", "http://localhost/\r\nX: 1", "http://user:secret@localhost/"]:
            with self.assertRaisesRegex(CorneliusError, "which is written 'http://localhost:8004/'"):
                Cornelius(url)

    def test_token_for_no_header(self):
        for token in ["secret\n", "sécret", "a\0b"]:
            with self.assertRaises(CorneliusError) as caught:
                Cornelius(DUDLEY, token=token)
            self.assertNotIn("cret", str(caught.exception))


class Causes(unittest.TestCase):
    """When no answer came the error names the cause."""

    def cause(self, url, **options):
        with self.assertRaises(CorneliusError) as caught:
            Cornelius(url, **options).update("p", "m")
        self.assertIsNone(caught.exception.status)
        return caught.exception.__cause__

    def test_nobody_listens(self):
        with socket.socket() as held:  # so that nobody else is given the port
            held.bind(("127.0.0.1", 0))
            self.assertIsInstance(self.cause(f"http://127.0.0.1:{held.getsockname()[1]}/"), ConnectionRefusedError)
        self.assertIsInstance(self.cause("unix:/no/such/socket"), FileNotFoundError)

    def test_no_such_host(self):
        for host in ["no-such-host.invalid", "a..b"]:
            self.assertIsInstance(self.cause(f"http://{host}/"), (OSError, UnicodeError))

    def test_timeout(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            cause = self.cause(f"http://127.0.0.1:{listener.getsockname()[1]}/", timeout=0.05)
        self.assertIs(type(cause), TimeoutError)


class Kept(unittest.TestCase):
    """Connections that wait for the next call."""

    def test_a_child_opens_its_own(self):
        with Cornelius(DUDLEY) as roots:
            roots.update("p", "before")
            ours = roots._kept[0][1]
            child = os.fork()
            if child == 0:
                with suppress(BaseException):
                    roots.update("p", "child")
                    os._exit(0 if roots._kept[0][1].fileno() >= 0 and roots._kept[0][0] == os.getpid() else 1)
                os._exit(2)
            self.assertEqual(os.waitpid(child, 0)[1], 0)
            roots.update("p", "parent")
            self.assertIs(roots._kept[0][1], ours)

    def test_close(self):
        roots = Cornelius(DUDLEY)
        roots.update("p", "1")
        roots.close()
        self.assertEqual(roots._kept, [])
        roots.update("p", "2")

    def test_a_wrong_argument_is_all_that_is_told(self):
        with mock.patch("sys.unraisablehook") as hook, self.assertRaises(TypeError):
            Cornelius(port=8004)
        hook.assert_not_called()


class Async(unittest.IsolatedAsyncioTestCase):
    async def test_verbs(self):
        arrived()
        async with AsyncCornelius(DUDLEY) as roots:
            self.assertIsNone(await roots.update("a", {"n": 1}))
            await roots.updates([("a", "2"), {"path": "b", "message": "3"}])
            await roots.connect("id", ["a", "b"])
            await roots.disconnect("id", "a")
        self.assertEqual(arrived(), [("a", '{"n":1}'), ("a", "2"), ("b", "3"),
                                     ("::connect", "id->a"), ("::connect", "id->b"), ("::disconnect", "id->a")])

    async def test_many_tasks(self):
        arrived()
        async with AsyncCornelius(DUDLEY) as roots:
            for _ in range(2):
                await asyncio.gather(*(roots.update("p", str(number)) for number in range(40)))
                self.assertLessEqual(len(roots._kept), 8)
        self.assertEqual(len(arrived()), 80)

    async def test_a_cancelled_call_leaves_no_connection(self):
        asked = asyncio.Event()

        async def silent(reader, writer):
            asked.set()
            with suppress(ConnectionError):
                await reader.read()
            writer.close()

        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        async with AsyncCornelius(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", timeout=60) as roots:
            task = asyncio.create_task(roots.update("p", "m"))
            await asked.wait()
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task
            self.assertEqual(roots._kept, [])
        server.close()
        await server.wait_closed()

    async def test_a_connection_closed_while_nobody_looked(self):
        listener = socket.create_server(("127.0.0.1", 0))

        def answer():
            with listener.accept()[0] as peer:
                peer.recv(1 << 16)
                peer.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{"success":true}')

        with listener:
            roots = AsyncCornelius(f"http://127.0.0.1:{listener.getsockname()[1]}/")
            for _ in range(3):
                thread = threading.Thread(target=answer)
                thread.start()
                await roots.update("p", "m")
                thread.join()  # the loop does not run until it is closed
            await roots.close()

    async def test_not_awaited_is_not_refused(self):
        call = AsyncCornelius(DUDLEY).connect("", "p")
        with self.assertRaises(CorneliusError):
            await call


class Loops(unittest.TestCase):
    def test_a_second_loop_opens_its_own(self):
        roots = AsyncCornelius(DUDLEY)

        async def push():
            await roots.update("p", "1")
            await roots.update("p", "2")
            await roots.close()

        asyncio.run(push())
        asyncio.run(push())


class Errors(unittest.TestCase):
    def test_an_error_can_be_sent_to_another_process(self):
        error = pickle.loads(pickle.dumps(CorneliusError("text", 400, 1)))
        self.assertEqual((str(error), error.status, error.index), ("item 1: text", 400, 1))


if __name__ == "__main__":
    unittest.main()
