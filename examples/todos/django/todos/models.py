# todos/models.py
from django.contrib.auth.models import User
from django.db import models


class List(models.Model):
    owner = models.OneToOneField(User, models.CASCADE)
    members = models.ManyToManyField(User, related_name="lists")
    version = models.IntegerField(default=0)

    def next_version(self):
        """Counts a change. Of two records the one with the higher version is the newer."""
        List.objects.filter(pk=self.pk).update(version=models.F("version") + 1)
        self.refresh_from_db()
        return self.version


class Task(models.Model):
    list = models.ForeignKey(List, models.CASCADE, related_name="tasks")
    key = models.SlugField()  # made up by the page
    version = models.IntegerField()
    created = models.IntegerField()
    text = models.CharField(max_length=500)
    done = models.BooleanField(default=False)
    deleted = models.BooleanField(default=False)

    class Meta:
        ordering = ["created"]
        unique_together = ["list", "key"]

    def record(self):
        if self.deleted:
            return {"id": self.key, "version": self.version, "deleted": True}
        return {"id": self.key, "version": self.version, "created": self.created, "text": self.text, "done": self.done}
