from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def describe(apps: Any, schema_editor: Any) -> None:
    """Say which kind each branch's journal is of, and make the oldest connection of each kind the default one."""
    connections = apps.get_model("odoo_bridge", "Connection")
    books = apps.get_model("odoo_bridge", "BranchBooks")
    for is_sandbox in (False, True):
        of_kind = connections.objects.filter(is_sandbox=is_sandbox).order_by("pk")
        default = of_kind.first()
        if default:
            of_kind.filter(pk=default.pk).update(is_default=True)
            # Only one could be active before: what others of the kind chose was out of force.
            taken = books.objects.filter(connection=default).values("branch")
            books.objects.filter(connection__in=of_kind.exclude(pk=default.pk), branch__in=taken).delete()
        books.objects.filter(connection__is_sandbox=is_sandbox).update(in_sandbox=is_sandbox)


class Migration(migrations.Migration):
    dependencies = [
        ("odoo_bridge", "0007_canary"),
    ]

    operations = [
        migrations.RemoveConstraint("branchjournal", "one_journal_per_connection_and_branch"),
        migrations.RemoveConstraint("branchjournal", "one_branch_per_connection_and_journal"),
        migrations.RenameModel("BranchJournal", "BranchBooks"),
        migrations.AlterModelOptions("branchbooks", {"verbose_name_plural": "branch books"}),
        migrations.AlterField(
            "branchbooks",
            "connection",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="books", to="odoo_bridge.connection"
            ),
        ),
        migrations.AlterField("branchbooks", "journal_id", models.PositiveIntegerField(blank=True, null=True)),
        migrations.AlterField("branchbooks", "journal_name", models.CharField(blank=True, max_length=120)),
        migrations.AddField("branchbooks", "company_id", models.PositiveIntegerField(blank=True, null=True)),
        migrations.AddField("branchbooks", "company_name", models.CharField(blank=True, max_length=120, default="")),
        migrations.AlterField("branchbooks", "company_name", models.CharField(blank=True, max_length=120)),
        migrations.AddField(
            "branchbooks", "in_sandbox", models.BooleanField(default=False, editable=False), preserve_default=False
        ),
        migrations.AddField("connection", "is_default", models.BooleanField(default=False, editable=False)),
        migrations.AddField("connection", "companies", models.JSONField(default=list, editable=False)),
        migrations.AddField("connection", "lease", models.UUIDField(blank=True, editable=False, null=True)),
        migrations.AddField("connection", "leased_until", models.DateTimeField(blank=True, editable=False, null=True)),
        migrations.AlterField(
            "connection",
            "state",
            models.CharField(
                choices=[("paused", "Paused"), ("active", "Active"), ("archived", "Archived")],
                default="paused",
                max_length=8,
            ),
        ),
        migrations.RunPython(describe, migrations.RunPython.noop, elidable=True),
    ]
