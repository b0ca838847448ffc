from django.contrib import admin

from clinic.practice.models import AppointmentType, Branch, Chair, Procedure, Tax


class ChairInline(admin.TabularInline):
    model = Chair
    extra = 0


@admin.register(Branch)
class BranchAdmin(admin.ModelAdmin):
    list_display = ["name", "code", "time_zone", "currency"]
    inlines = [ChairInline]

    def get_readonly_fields(self, request, obj=None):
        """The code begins invoice numbers already given."""
        return ["code"] if obj else []


@admin.register(AppointmentType)
class AppointmentTypeAdmin(admin.ModelAdmin):
    list_display = ["name", "minutes", "hue", "position", "is_active"]


@admin.register(Procedure)
class ProcedureAdmin(admin.ModelAdmin):
    list_display = ["code", "name", "category", "fee", "currency", "tax", "is_active"]
    list_filter = ["category", "is_active"]
    search_fields = ["code", "name"]


admin.site.register(Tax)
