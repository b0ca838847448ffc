from django.db import migrations


PART = 500


def keep_findable(apps, schema_editor):
    """Write the keys of the patients who are there."""
    from clinic.patients.searching import keys_of, may_be_misspelt, words_of
    from clinic.patients.spelling import SHORTEST, spellings

    Patient, SearchKey, Spelling = (apps.get_model("patients", name) for name in ("Patient", "SearchKey", "Spelling"))
    words, some = set(), []
    for patient in Patient.objects.order_by("pk").iterator(PART):
        words |= words_of(patient)
        some += [SearchKey(patient_id=patient.pk, text=key) for key in sorted(keys_of(patient))]
        if len(some) > PART:
            SearchKey.objects.bulk_create(some)
            some = []
    SearchKey.objects.bulk_create(some)
    words = sorted(word for word in words if len(word) >= SHORTEST - 1 and may_be_misspelt(word))
    rows = ((key, word) for word in words for key in sorted(spellings(word)))
    Spelling.objects.bulk_create((Spelling(key=key, word=word) for key, word in rows), batch_size=PART)


class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0003_search_keys'),
    ]

    operations = [
        migrations.RunPython(keep_findable, migrations.RunPython.noop),
    ]
