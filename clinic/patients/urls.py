from django.urls import path

from clinic.patients.views import bringing, family, merging, record

app_name = "patients"
urlpatterns = [
    path("", record.every, name="list"),
    path("pick/", record.pick, name="pick"),
    path("new/", record.new, name="new"),
    path("hints/", record.hints, name="hints"),
    path("export/", bringing.export, name="export"),
    path("import/", bringing.files, name="imports"),
    path("import/<int:file>/", bringing.one, name="import"),
    path("import/<int:file>/progress/", bringing.progress, name="import_progress"),
    path("import/<int:file>/problems/", bringing.problems, name="import_problems"),
    path("<int:pk>/edit/", record.edit, name="edit"),
    path("<int:pk>/family/", family.kin, name="family"),
    path("<int:pk>/merge/", merging.merge, name="merge"),
    path("<int:pk>/separate/", merging.separate, name="separate"),
]
