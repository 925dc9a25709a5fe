"""A time server for one client that knows nothing but the bytes.

python3 server.py PASSWORD

It writes its port, lets anybody in who knows the password, pings, and answers
the time, 13:05, the name, with a count of characters in place of bytes as the
original does, and floats.
"""

import hashlib
import socket
import struct
import sys


def frame(number, rest=b""):
    return struct.pack("<II", 4 + len(rest), number) + rest


def vectors(*words):
    return struct.pack("<%dI" % len(words), *map(len, words)) + b"".join(words)


def original_text(word):
    """Packs as the original does: the count is that of the characters."""
    return struct.pack("<I%ds" % len(word), len(word), word.encode("utf-8"))


def main(password):
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    sock, _ = listener.accept()
    stream = sock.makefile("rb")

    def receive():
        head = stream.read(4)
        if len(head) < 4:
            return None, b""
        body = stream.read(struct.unpack("<I", head)[0])
        return struct.unpack_from("<I", body)[0], body[4:]

    salt = "ab" * 64
    sock.sendall(frame(3, vectors(salt.encode())))
    number, rest = receive()
    assert number == 4, number
    counts = struct.unpack_from("<3I", rest)
    assert len(rest) == 12 + sum(counts), rest
    secret, rest = rest[12 : 12 + counts[0]], rest[12 + counts[0] :]
    user, version = rest[: counts[1]].decode("utf-8"), rest[counts[1] :]
    assert version == b"1.0.0", version
    if secret.decode() != hashlib.sha512((password + salt).encode()).hexdigest():
        sock.sendall(frame(5, vectors(b"Invalid credentials.")))
        return
    sock.sendall(frame(6) + frame(7))
    sock.sendall(frame(1))
    pongs = 0
    while True:
        number, rest = receive()
        if number is None:
            assert pongs == 1, pongs
            return
        if number == 2:
            pongs += 1
        elif number == 8:
            sock.sendall(frame(9, struct.pack("<ii", 13, 5)))
        elif number == 10:
            sock.sendall(frame(11, original_text(user)))
        elif number == 12:
            doubles, singles = struct.unpack("<ii", rest)
            counts = struct.pack("<II", doubles, singles)
            values = struct.pack("<%dd%df" % (doubles, singles), *[1.5] * doubles, *[0.5] * singles)
            sock.sendall(frame(13, counts + values))
        else:
            raise ValueError(number)


main(*sys.argv[1:])
