"""A client that does what it is told: a line of standard input is sent, what comes is
printed. It is Debian's python3-websockets, which no one here wrote.

    client.py URL [HEADER: VALUE ...]
"""

import asyncio
import sys

import websockets


async def main(url, *headers):
    pairs = [tuple(header.split(": ", 1)) for header in headers]
    async with websockets.connect(url, extra_headers=pairs) as socket:
        loop = asyncio.get_running_loop()
        lines = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)

        async def say():
            while line := await lines.readline():
                await socket.send(line.decode().rstrip("\n"))
            await socket.close()

        saying = asyncio.create_task(say())
        try:
            async for text in socket:
                print(text, flush=True)
        except websockets.ConnectionClosed:
            pass
        saying.cancel()
    print("closed", socket.close_code, flush=True)


asyncio.run(main(*sys.argv[1:]))
