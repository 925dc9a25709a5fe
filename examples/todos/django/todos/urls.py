# todos/urls.py
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from . import push, views

urlpatterns = [
    path("", views.home),
    path("login", LoginView.as_view(template_name="index.html")),
    path("logout", LogoutView.as_view(next_page="/")),
    path("lists/<owner>", views.page, name="page"),
    path("lists/<owner>/tasks", views.tasks),
    path("lists/<owner>/tasks/<key>", views.task),
    path("lists/<owner>/members", views.members),
    *push.urls,  # push
]
