from django.contrib import admin

from clinic.recalls.models import Rule


@admin.register(Rule)
class RuleAdmin(admin.ModelAdmin):
    list_display = ["after", "months", "kind", "is_active"]
