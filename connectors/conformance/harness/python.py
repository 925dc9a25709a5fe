"""The harness of the connector for Python."""

import json
import sys

from cornelius import Cornelius, CorneliusError

roots = None
for line in sys.stdin:
    asked = json.loads(line)
    answer = {}
    try:
        if asked["call"] == "new":
            roots = Cornelius(asked["url"], token=asked.get("token"), timeout=asked["timeout"])
        else:
            getattr(roots, asked["call"])(*asked["args"])
    except CorneliusError as error:
        cause = "timeout" if isinstance(error.__cause__, TimeoutError) else "other"
        answer = {"error": str(error), "status": error.status, "index": error.index, "cause": cause}
    print(json.dumps(answer), flush=True)
