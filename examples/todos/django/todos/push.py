# todos/push.py
from cornelius.django import push_on_save, views

from .models import Task


def may_hear(request, path):
    """The login says who asks, as in every view."""
    kind, _, owner = path.partition("/")
    return kind == "todos" and request.user.is_authenticated and request.user.lists.filter(owner__username=owner).exists()


urls = views(may_hear)  # connect/ID and disconnect/ID, protected against posts from other sites
push_on_save(Task, lambda task: (f"todos/{task.list.owner}", task.record()))  # once it is committed
