"""What goes out: batches of updates as JSON, checked as far as Roots would not
tell the caller what is wrong with them."""

from __future__ import annotations

import json
import unicodedata
from typing import Any, Iterable, List, Mapping, Tuple, Union

from ._error import CorneliusError

Update = Union[Tuple[str, Any], Mapping[str, Any]]
Paths = Union[str, Iterable[str]]

_MAX_PATH = 255
_MAX_BODY = 1 << 20


def encode(updates: Iterable[Update]) -> bytes:
    """Returns the body of a batch, which is empty if there are no updates."""
    items = [_item(index, update) for index, update in enumerate(updates)]
    body = b"[" + b",".join(items) + b"]"
    if len(body) > _MAX_BODY:
        raise CorneliusError(f"the batch is {len(body)} bytes of JSON, at most {_MAX_BODY} are allowed", 413)
    return body if items else b""


def _item(index: int, update: Update) -> bytes:
    if isinstance(update, Mapping) and {"path", "message"} <= update.keys():
        path, message = update["path"], update["message"]
    elif isinstance(update, (tuple, list)) and len(update) == 2:
        path, message = update
    else:
        text = f"an update is a pair (path, message) or a dict with these keys, not {update!r:.80}"
        raise CorneliusError(text, 400, index)
    try:
        item = {"path": path, "message": message}
        return json.dumps(item, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as cause:
        raise CorneliusError(f"a message is text, or what JSON knows: {cause}", 400, index) from cause


def connections(verb: str, id: str, path_or_paths: Paths) -> List[Tuple[str, str]]:
    """Returns the updates that say who hears what."""
    paths = [path_or_paths] if isinstance(path_or_paths, str) else path_or_paths
    return [(verb, _connection(index, id, path)) for index, path in enumerate(paths)]


def _connection(index: int, id: str, path: str) -> str:
    """Makes the message of a connection, checked as Roots will check it: there a
    bad one is only logged, where the caller does not see it."""
    if not isinstance(id, str) or not id or "->" in id:
        raise CorneliusError(f"{id!r:.80} is no id, such as a browser sends", 400, index)
    if not isinstance(path, str) or not _is_path(path) or path.startswith("::"):
        text = f"{path!r:.80} can't be connected to: a path is printable text of 1 to {_MAX_PATH} bytes without '::' in front"
        raise CorneliusError(text, 400, index)
    return f"{id}->{path}"


def _is_path(text: str) -> bool:
    size = len(text.encode(errors="replace"))
    return 0 < size <= _MAX_PATH and all(unicodedata.category(letter) != "Cc" for letter in text)
