from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("odoo_bridge", "0011_product")]

    operations = [
        migrations.AddField("connection", "pushes", models.PositiveBigIntegerField(default=0, editable=False)),
    ]
