from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('practice', '0002_closure_made_at'),
        ('rota', '0002_from_opening_hours'),
    ]

    operations = [
        migrations.DeleteModel(
            name='OpeningHours',
        ),
    ]
