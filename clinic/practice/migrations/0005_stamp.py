from uuid import uuid4

from django.db import migrations, models


def draw(apps, schema_editor):
    apps.get_model("practice", "Stamp").objects.create(id=1, value=uuid4().hex)


class Migration(migrations.Migration):

    dependencies = [
        ('practice', '0004_words'),
    ]

    operations = [
        migrations.CreateModel(
            name='Stamp',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('value', models.CharField(max_length=32)),
            ],
        ),
        migrations.RunPython(draw, migrations.RunPython.noop),
    ]
