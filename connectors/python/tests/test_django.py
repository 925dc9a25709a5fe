"""Runs what the README shows for Django: its blocks of code stand in the README
alone. The environment says where Dudley is, and where what he was given is told."""

import json
import logging
import os
import re
import sys
import types
import unittest
from pathlib import Path
from urllib.request import urlopen

import django
from django.conf import settings

settings.configure(
    ROOTS_URL=os.environ["DUDLEY"],
    ROOT_URLCONF="urls",
    SECRET_KEY="secret",
    ALLOWED_HOSTS=["testserver"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
)
django.setup()

from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, models, transaction
from django.test import Client

from cornelius import django as glue

README = Path(__file__).parent.parent.joinpath("README.md").read_text()


def shown(name):
    """Returns the block of the README whose first line names this file."""
    return re.search(rf"```python\n# {name}\n(.*?)```", README, re.DOTALL)[1]


class Order(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    state = models.CharField(max_length=20)

    class Meta:
        app_label = "shop"


sys.modules["urls"] = types.ModuleType("urls")
exec(shown("urls.py"), sys.modules["urls"].__dict__)
apps = {}
exec(shown("apps.py"), apps)
apps["ShopConfig"].ready(types.SimpleNamespace(get_model=lambda name: {"Order": Order}[name]))


def arrived():
    with urlopen(os.environ["ARRIVED"]) as answer:
        return [(update["path"], update["message"]) for update in json.load(answer) or []]


class Django(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        call_command("migrate", verbosity=0)
        with connection.schema_editor() as editor:
            editor.create_model(Order)
        cls.user = User.objects.create_user("ann")

    @classmethod
    def tearDownClass(cls):
        glue.roots().close()
        connection.close()

    def setUp(self):
        arrived()
        self.client = Client(enforce_csrf_checks=True)
        self.client.force_login(self.user)
        self.client.cookies["csrftoken"] = "a" * 64
        self.mine = f"orders/{self.user.pk}"

    def post(self, url, body, token="a" * 64):
        headers = {"HTTP_X_CSRFTOKEN": token} if token else {}
        return self.client.post(url, body, content_type="application/json", **headers).status_code

    def test_connect_and_disconnect(self):
        self.assertEqual(self.post("/roots/connect/an-id-1", json.dumps([self.mine, "orders/0", "::register"])), 204)
        self.assertEqual(self.post("/roots/disconnect/an-id-1", json.dumps([self.mine])), 204)
        self.assertEqual(arrived(), [("::connect", f"an-id-1->{self.mine}"), ("::disconnect", f"an-id-1->{self.mine}")])

    def test_refused(self):
        mine = json.dumps([self.mine])
        self.assertEqual(self.post("/roots/connect/id", mine, token=None), 403)
        self.assertEqual(self.post("/roots/connect/id", mine, token="a" * 32 + "c" * 32), 403)
        self.assertEqual(self.client.get("/roots/connect/id").status_code, 405)
        for body in ["", "no JSON", '"p"', "[7]", "null", "[" * 100000]:
            self.assertEqual(self.post("/roots/connect/id", body), 400)
        with self.assertLogs("cornelius.django", logging.WARNING):
            self.assertEqual(self.post("/roots/connect/a->b", mine), 400)
        self.client.logout()
        self.client.cookies["csrftoken"] = "a" * 64
        self.assertEqual(self.post("/roots/connect/id", mine), 204)
        self.assertEqual(arrived(), [])

    def test_a_save_is_pushed_after_the_commit(self):
        with transaction.atomic():
            order = Order.objects.create(user=self.user, state="paid")
            self.assertEqual(arrived(), [])
        self.assertEqual(arrived(), [(self.mine, json.dumps({"id": order.pk, "state": "paid"}, separators=(",", ":")))])
        order.state = "sent"
        order.save()
        self.assertEqual(len(arrived()), 1)

    def test_what_is_rolled_back_is_not_pushed(self):
        with self.assertRaises(ZeroDivisionError), transaction.atomic():
            Order.objects.create(user=self.user, state="paid")
            1 / 0
        self.assertEqual(arrived(), [])

    def test_a_push_that_fails_leaves_the_data_saved(self):
        before = Order.objects.count()
        glue.roots().close()
        address, glue.roots()._address = glue.roots()._address, glue.roots()._address._replace(socket="/no/such/socket")
        try:
            with self.assertLogs("cornelius.django", logging.ERROR):
                Order.objects.create(user=self.user, state="paid")
            with self.assertLogs("cornelius.django", logging.WARNING):
                self.assertEqual(self.post("/roots/connect/id", json.dumps([self.mine])), 502)
        finally:
            glue.roots()._address = address
        self.assertEqual(Order.objects.count(), before + 1)


if __name__ == "__main__":
    unittest.main()
