from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("odoo_bridge", "0012_choices_and_audits")]

    operations = [
        migrations.AddField("connection", "pushes", models.PositiveBigIntegerField(default=0, editable=False)),
    ]
