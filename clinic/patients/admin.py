from django.contrib import admin

from clinic.patients.models import Patient


@admin.register(Patient)
class PatientAdmin(admin.ModelAdmin):
    """For the odd repair; the desk has its own pages. Clinical notes are left out on purpose."""

    list_display = ["family_name", "given_name", "date_of_birth", "branch", "is_active"]
    search_fields = ["family_name", "given_name", "mobile"]
    raw_id_fields = ["payer"]
    exclude = ["clinical_notes"]
