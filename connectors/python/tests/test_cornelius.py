"""Drives Cornelius against a real Dudley, which `go test` starts, and against
servers that are none. The environment says where they are: DUDLEY, TOKEN_DUDLEY
(whose token is "secret"), and ARRIVED, which tells once what the first was given."""

import json
import os
import pickle
import socket
import threading
import unittest
from contextlib import suppress
from urllib.request import urlopen

from cornelius import Cornelius, CorneliusError

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
                    "http://localhost:x/", "http://localhost:65536/", "http://[::1/", "http://user:secret@localhost/"]:
            with self.assertRaisesRegex(CorneliusError, "which is written 'http://localhost:8004/'"):
                Cornelius(url)

    def test_token_for_no_header(self):
        for token in ["secret\n", "sécret", "a\0b"]:
            with self.assertRaises(CorneliusError) as caught:
                Cornelius(DUDLEY, token=token)
            self.assertNotIn("cret", str(caught.exception))


class Hostile(unittest.TestCase):
    """A server that gives bytes, whatever it is asked, and then closes or waits."""

    def serve(self, answer, wait=False):
        done = threading.Event()
        listener = socket.create_server(("127.0.0.1", 0))

        def run():
            with listener, listener.accept()[0] as peer, peer.makefile("rb") as request, suppress(ConnectionError):
                while request.readline().strip():
                    pass  # what is left unread would reset the connection
                request.read(len('[{"path":"p","message":"m"}]'))
                peer.sendall(answer)
                if wait:
                    done.wait()

        thread = threading.Thread(target=run)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(done.set)
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    def error(self, url, **options):
        with self.assertRaises(CorneliusError) as caught:
            Cornelius(url, **options).update("p", "m")
        return caught.exception

    def test_not_dudley(self):
        success = b'{"success":true}'
        for status, body in [
            (200, b""), (200, b"<html>welcome</html>"), (200, b"{success:true}"), (200, b"true"), (200, b"\xff"), (200, b"[" * 60000),
            (200, b'{"success":false}'), (200, b'{"success":1}'), (200, b'{"error":"no"}'),
            (201, success), (302, success), (400, success), (400, b'{"error":7}'), (404, b"not found"),
            (500, b'{"error":"no"}'), (502, b"<html>bad gateway</html>"),
        ]:
            error = self.error(self.serve(b"HTTP/1.1 %d X\r\nLocation: /\r\n\r\n%s" % (status, body)))
            self.assertEqual((error.status, error.index), (status, None))
            self.assertRegex(str(error), f"^this is no answer of Dudley: HTTP {status} with ")

    def test_endless_answer(self):
        error = self.error(self.serve(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (1 << 20), wait=True))
        self.assertEqual(error.status, 200)

    def test_cut_connection(self):
        for answer in [b"", b"HTTP/1.1 2", b"not HTTP\r\n\r\n"]:
            error = self.error(self.serve(answer))
            self.assertIsNone(error.status)
            self.assertIsNotNone(error.__cause__)

    def test_cut_answer(self):
        self.error(self.serve(b'HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{"success":'))

    def test_nobody_listens(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        error = self.error(f"http://127.0.0.1:{port}/")
        self.assertIsNone(error.status)
        self.assertIsInstance(error.__cause__, ConnectionRefusedError)

    def test_no_such_host(self):
        for host in ["no-such-host.invalid", "a..b"]:
            self.assertIsNone(self.error(f"http://{host}/").status)

    def test_timeout(self):
        for answer in [b"", b'HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{"success":']:
            error = self.error(self.serve(answer, wait=True), timeout=0.05)
            self.assertIsNone(error.status)
            self.assertIsInstance(error.__cause__, socket.timeout)


class Errors(unittest.TestCase):
    def test_an_error_can_be_sent_to_another_process(self):
        error = pickle.loads(pickle.dumps(CorneliusError("text", 400, 1)))
        self.assertEqual((str(error), error.status, error.index), ("item 1: text", 400, 1))


if __name__ == "__main__":
    unittest.main()
