# todos/views.py
import json

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import transaction
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render

from .models import List, Task


@login_required
def home(request):
    a_list, _ = List.objects.get_or_create(owner=request.user)
    a_list.members.add(request.user)
    return redirect("page", request.user.username)


@login_required
def page(request, owner):
    return render(request, "index.html", {"list": get_object_or_404(request.user.lists, owner__username=owner)})


def of_list(view):
    """Lets members of the list pass alone, and answers in JSON."""

    def answer(request, owner, *args, **kwargs):
        if not request.user.is_authenticated:
            return JsonResponse({"error": "you are not logged in"}, status=401)
        a_list = request.user.lists.filter(owner__username=owner).first()
        if a_list is None:
            return JsonResponse({"error": f"you are not a member of list {owner!r}"}, status=403)
        try:
            with transaction.atomic():
                return JsonResponse(view(request.method, a_list, json.loads(request.body or "{}"), *args, **kwargs))
        except (ValidationError, ObjectDoesNotExist, KeyError, TypeError, ValueError) as error:
            return JsonResponse({"error": " ".join(getattr(error, "messages", [str(error)]))}, status=400)

    return answer


@of_list
def tasks(method, a_list, sent):
    if method == "GET":
        return {"version": a_list.version, "tasks": [task.record() for task in a_list.tasks.filter(deleted=False)]}
    version = a_list.next_version()
    added = a_list.tasks.filter(key=str(sent["id"])).first()
    if added:  # already, but the page got no answer
        return added.record()
    return save(Task(list=a_list, key=str(sent["id"]), created=version, version=version), sent).record()


@of_list
def task(method, a_list, sent, key):
    version = a_list.next_version()
    task = a_list.tasks.get(key=key, deleted=False)
    task.version = version
    if method == "DELETE":
        task.deleted = True  # so that a deletion is a save, too
        task.save()
        return task.record()
    return save(task, sent).record()


def save(task, sent):
    task.text, task.done = str(sent["text"]).strip(), sent.get("done", False)
    task.full_clean()
    task.save()
    return task


@of_list
def members(method, a_list, sent):
    a_list.members.add(User.objects.get(username=sent["name"]))
    return {"members": [user.username for user in a_list.members.all()]}
