from django.urls import path

from clinic.patients import views

app_name = "patients"
urlpatterns = [
    path("", views.every, name="list"),
    path("pick/", views.pick, name="pick"),
    path("new/", views.new, name="new"),
    path("<int:pk>/edit/", views.edit, name="edit"),
]
