"""A client of the time server that knows nothing but the bytes.

python3 client.py PORT USER PASSWORD [PINGS]

It logs in, asks all questions, writes the answers, and stays until it has
answered so many pings.
"""

import hashlib
import socket
import struct
import sys


def read(stream, count):
    data = stream.read(count)
    if len(data) < count:
        sys.exit("the server has closed")
    return data


def frames(stream):
    while True:
        (length,) = struct.unpack("<I", read(stream, 4))
        body = read(stream, length)
        (number,) = struct.unpack_from("<I", body)
        yield number, body[4:]


def send(sock, number, rest=b""):
    sock.sendall(struct.pack("<II", 4 + len(rest), number) + rest)


def text(rest):
    (count,) = struct.unpack_from("<I", rest)
    assert len(rest) == 4 + count, rest
    return rest[4:].decode("utf-8")


def main(port, user, password, pings="0"):
    sock = socket.create_connection(("127.0.0.1", int(port)))
    incoming = frames(sock.makefile("rb"))

    number, rest = next(incoming)
    assert number == 3, number
    salt = text(rest)
    assert len(salt) == 128, salt
    secret = hashlib.sha512((password + salt).encode("utf-8")).hexdigest()
    words = [word.encode("utf-8") for word in (secret, user, "1.0.0")]
    send(sock, 4, struct.pack("<3I", *map(len, words)) + b"".join(words))

    number, rest = next(incoming)
    if number == 5:
        print("rejected:", text(rest))
        return
    assert (number, rest) == (6, b""), (number, rest)
    assert next(incoming) == (7, b"")
    print("ready")

    send(sock, 8)
    number, rest = next(incoming)
    assert number == 9 and len(rest) == 8, (number, rest)
    print("it is %d:%d" % struct.unpack("<ii", rest))

    send(sock, 10)
    number, rest = next(incoming)
    assert number == 11, number
    print("you are", text(rest))

    send(sock, 12, struct.pack("<ii", 3, 4))  # doubles, singles
    number, rest = next(incoming)
    assert number == 13, number
    doubles, singles = struct.unpack_from("<II", rest)
    values = struct.unpack_from("<%dd%df" % (doubles, singles), rest, 8)
    assert len(rest) == 8 + 8 * doubles + 4 * singles, rest
    print("doubles", *values[:doubles])
    print("singles", *values[doubles:])

    for _ in range(int(pings)):
        assert next(incoming) == (1, b"")
        print("ping")
        send(sock, 2)
    send(sock, 10)
    assert next(incoming)[0] == 11
    print("still there")


main(*sys.argv[1:])
