from __future__ import annotations

from typing import Optional


class CorneliusError(Exception):
    """Updates were not taken, or are not known to be.

    status: the HTTP status of the answer; 400 or 413 when what was given is not
        valid, which needs no asking; None when no answer came, and then
        __cause__ says why, such as a TimeoutError.
    index: which update or path of the call is at fault, from 0; None when it is
        none of them.
    """

    def __init__(self, text: str, status: Optional[int] = None, index: Optional[int] = None) -> None:
        super().__init__(text if index is None else f"item {index}: {text}")
        self.status = status
        self.index = index
