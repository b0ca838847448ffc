from django.db import migrations, models


class Migration(migrations.Migration):
    """The rules, apart from the rows they are about: PostgreSQL alters no table in which rows wait to be checked."""

    dependencies = [
        ("odoo_bridge", "0008_connections"),
    ]

    operations = [
        migrations.AddConstraint(
            "branchbooks",
            models.UniqueConstraint(
                models.F("branch"), models.F("in_sandbox"), name="one_place_for_a_branchs_books"
            ),
        ),
        migrations.AddConstraint(
            "branchbooks",
            models.UniqueConstraint(
                models.F("connection"), models.F("journal_id"), name="one_branch_per_connection_and_journal"
            ),
        ),
        migrations.AddConstraint(
            "connection",
            models.UniqueConstraint(
                models.F("is_sandbox"), condition=models.Q(("is_default", True)), name="one_default_of_each_kind"
            ),
        ),
    ]
