from django.db import migrations


def take_over(apps, schema_editor):
    """Make the opening hours of each branch its first week, in force since ever."""
    OpeningHours = apps.get_model('practice', 'OpeningHours')
    Pattern = apps.get_model('rota', 'Pattern')
    Stretch = apps.get_model('rota', 'Stretch')
    for branch in OpeningHours.objects.order_by('branch').values_list('branch', flat=True).distinct():
        pattern = Pattern.objects.create(branch_id=branch)
        Stretch.objects.bulk_create(
            Stretch(
                pattern=pattern,
                weekday=hours.weekday,
                starts=hours.opens.hour * 60 + hours.opens.minute,
                ends=hours.closes.hour * 60 + hours.closes.minute,
            )
            for hours in OpeningHours.objects.filter(branch=branch)
        )


class Migration(migrations.Migration):

    dependencies = [
        ('rota', '0001_initial'),
        ('practice', '0002_closure_made_at'),
    ]

    operations = [
        migrations.RunPython(take_over, migrations.RunPython.noop),
    ]
