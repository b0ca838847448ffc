import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


def watch_over_all(apps, schema_editor):
    Connection, Watch = apps.get_model("odoo_bridge", "Connection"), apps.get_model("odoo_bridge", "Watch")
    Watch.objects.bulk_create(Watch(connection=connection) for connection in Connection.objects.all())


class Migration(migrations.Migration):

    dependencies = [
        ('odoo_bridge', '0006_timeline'),
    ]

    operations = [
        migrations.CreateModel(
            name='Watch',
            fields=[
                ('connection', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='watch', serialize=False, to='odoo_bridge.connection')),
                ('begun_at', models.DateTimeField(default=django.utils.timezone.now, help_text='From when on silence counts.')),
                ('wished_at', models.DateTimeField(default=django.utils.timezone.now, help_text='When beat last journalled a wish.')),
                ('taken_at', models.DateTimeField(default=django.utils.timezone.now, help_text='When a worker last took one in.')),
                ('carried_at', models.DateTimeField(blank=True, help_text='When a worker set out for Odoo with it.', null=True)),
                ('answered_at', models.DateTimeField(default=django.utils.timezone.now, help_text='When Odoo last showed what it was given.')),
                ('polled_at', models.DateTimeField(blank=True, help_text='When a pull last began because beat said so.', null=True)),
                ('drift', models.PositiveIntegerField(blank=True, help_text='Records on which the two sides were apart.', null=True)),
                ('audited_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.RunPython(watch_over_all, migrations.RunPython.noop),
    ]
