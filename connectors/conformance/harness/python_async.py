"""The harness of the connector for asyncio. The loop runs while it waits for a
line, as it would in a server."""

import asyncio
import json
import sys

from cornelius import AsyncCornelius, CorneliusError


async def main():
    roots = None
    while line := await asyncio.to_thread(sys.stdin.readline):
        asked = json.loads(line)
        answer = {}
        try:
            if asked["call"] == "new":
                roots = AsyncCornelius(asked["url"], token=asked.get("token"), timeout=asked["timeout"])
            else:
                await getattr(roots, asked["call"])(*asked["args"])
        except CorneliusError as error:
            cause = "timeout" if isinstance(error.__cause__, TimeoutError) else "other"
            answer = {"error": str(error), "status": error.status, "index": error.index, "cause": cause}
        print(json.dumps(answer), flush=True)


asyncio.run(main())
