from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from clinic.practice.models import AppointmentType, Branch, Chair, Procedure, Tax
from clinic.practice.taxes import refuse_unworkable


class ChairInline(admin.TabularInline):
    model = Chair
    extra = 0


@admin.register(Branch)
class BranchAdmin(admin.ModelAdmin):
    list_display = ["name", "code", "time_zone", "currency"]
    inlines = [ChairInline]

    def get_readonly_fields(self, request, obj=None):
        """The code begins invoice numbers already given; how amounts are rounded, the books say."""
        return ["code", "rounding"] if obj else ["rounding"]


@admin.register(AppointmentType)
class AppointmentTypeAdmin(admin.ModelAdmin):
    list_display = ["name", "minutes", "hue", "position", "is_active"]


class ProcedureForm(forms.ModelForm):
    """A procedure, with taxes that can be computed together."""

    def clean_taxes(self):
        taxes = self.cleaned_data["taxes"]
        refuse_unworkable(taxes)
        return taxes


@admin.register(Procedure)
class ProcedureAdmin(admin.ModelAdmin):
    form = ProcedureForm
    list_display = ["code", "name", "category", "fee", "currency", "taxed", "is_active"]
    list_filter = ["category", "is_active"]
    search_fields = ["code", "name"]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("taxes")

    @admin.display(description=_("taxes"))
    def taxed(self, procedure):
        return ", ".join(str(tax) for tax in procedure.taxes.all())


@admin.register(Tax)
class TaxAdmin(admin.ModelAdmin):
    list_display = ["name", "rate", "included_in_price"]
    actions = None

    def has_delete_permission(self, request, obj=None):
        """What a procedure is taxed by stays."""
        used = obj is not None and obj.procedures.exists()
        return not used and super().has_delete_permission(request, obj)
