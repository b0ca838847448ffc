from django.urls import path

from clinic.fees import views

app_name = "fees"
urlpatterns = [
    path("", views.schedule, name="list"),
    path("new/", views.new, name="new"),
    path("import/", views.bring, name="import"),
    path("export/", views.export, name="export"),
    path("<int:pk>/", views.change, name="change"),
]
