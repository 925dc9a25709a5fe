"""What a Django application needs to push through Roots: the two views that
browsers ask to hear a path, and pushes that follow a save.

The settings ROOTS_URL, ROOTS_TOKEN and ROOTS_TIMEOUT say where Dudley listens,
where it is not where Cornelius looks by default.
"""

from __future__ import annotations

import json
import logging
from functools import lru_cache
from typing import Any, Callable, List, Tuple, Type

from django.conf import settings
from django.db import transaction
from django.db.models import Model
from django.db.models.signals import post_save
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST

from . import Cornelius, CorneliusError

_log = logging.getLogger(__name__)


@lru_cache(maxsize=None)
def roots() -> Cornelius:
    """Returns the Cornelius of the settings, always the same."""
    options = {"url": "ROOTS_URL", "token": "ROOTS_TOKEN", "timeout": "ROOTS_TIMEOUT"}
    return Cornelius(**{option: getattr(settings, name) for option, name in options.items() if hasattr(settings, name)})


def views(may_hear: Callable[[HttpRequest, str], bool]) -> List[URLPattern]:
    """Returns the URL patterns connect/ID and disconnect/ID, for include().

    may_hear(request, path) says whether the user of the request may hear the
    path; other paths of the request are left out. The views take posts of a JSON
    array of paths, with a CSRF token: a page elsewhere that makes a victim's
    browser post the attacker's id would connect the attacker to the victim's
    data. They answer 204; 400 to what is no such array, or no id or path; 502
    when Roots does not take it.
    """

    def view(verb: str) -> Callable[..., HttpResponse]:
        @csrf_protect
        @require_POST
        def ask(request: HttpRequest, id: str) -> HttpResponse:
            wanted = _paths(request.body)
            if wanted is None:
                return HttpResponse("send a JSON array of paths", status=400, content_type="text/plain")
            return _tell(verb, id, [path for path in wanted if may_hear(request, path)])

        return ask

    return [path(f"{verb}/<str:id>", view(verb), name=f"roots-{verb}") for verb in ("connect", "disconnect")]


def _paths(body: bytes) -> Any:
    try:
        paths = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return paths if isinstance(paths, list) and all(isinstance(path, str) for path in paths) else None


def _tell(verb: str, id: str, paths: List[str]) -> HttpResponse:
    try:
        getattr(roots(), verb)(id, paths)
    except CorneliusError as error:
        _log.warning("roots did not take a %s: %s", verb, error)
        return HttpResponse(status=400 if error.status == 400 else 502)
    return HttpResponse(status=204)


def push_on_save(model: Type[Model], update: Callable[[Any], Tuple[str, Any]]) -> None:
    """Pushes update(instance), a pair (path, message), whenever an instance of
    model has been saved: after the transaction has been committed, and not if it
    is rolled back. A push that fails is logged, for the data is saved all the
    same. Call it once for a model, in AppConfig.ready()."""

    def saved(instance: Model, raw: bool = False, using: Any = None, **_: Any) -> None:
        if not raw:  # not for fixtures
            path, message = update(instance)
            transaction.on_commit(lambda: _push(path, message), using=using)

    post_save.connect(saved, sender=model, weak=False)


def _push(path: str, message: Any) -> None:
    try:
        roots().update(path, message)
    except CorneliusError:
        _log.exception("an update was saved, but not pushed")
