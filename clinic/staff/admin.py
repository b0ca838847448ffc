from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.utils.translation import gettext_lazy as _

from clinic.staff.models import Practitioner, User


@admin.register(User)
class StaffAdmin(UserAdmin):
    list_display = ["username", "first_name", "last_name", "role", "is_active"]
    list_filter = ["role", "branches", "is_active"]
    fieldsets = [*UserAdmin.fieldsets, (_("At the clinic"), {"fields": ["role", "branches", "language"]})]
    filter_horizontal = ["branches", "groups", "user_permissions"]


@admin.register(Practitioner)
class PractitionerAdmin(admin.ModelAdmin):
    list_display = ["name", "profession", "user", "is_active"]
    list_filter = ["branches", "profession", "is_active"]
    filter_horizontal = ["branches", "types"]
