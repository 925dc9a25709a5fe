"""Speaks to Roots for a back-end written in Python.

    from cornelius import Cornelius
    roots = Cornelius()
    roots.update("my/data", "hello")

Updates go to Dudley, the piece of Roots that takes them over HTTP. AsyncCornelius
does the same for asyncio, and cornelius.django is for Django.

The rules
---------
1. A call hands over all that it was given, in order, or nothing of it. A batch
   of more than 1,000 updates or 1 MiB is an error and is not split.
2. A call that returns has been taken. That does not mean that anybody hears
   those paths, nor that an id is of someone still there.
3. Nothing is sent twice. When no answer came, it is not known whether the batch
   was taken; to send it again is for the caller to decide.
4. Whatever goes wrong is a CorneliusError.
5. A Cornelius may be used by many threads at once, and in a child after a fork.
   Each call waits for its answer, no longer than the time-out.
6. Connections are kept for the next call, as many as were used at once, at most
   eight. One that the server closed meanwhile is replaced.

It keeps nothing else, retries nothing, and follows neither redirects nor the
proxies of the environment.
"""

from ._async import AsyncCornelius
from ._error import CorneliusError
from ._sync import Cornelius

__all__ = ["AsyncCornelius", "Cornelius", "CorneliusError"]
