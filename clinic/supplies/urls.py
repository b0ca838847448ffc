from django.urls import path

from clinic.supplies import views

app_name = "supplies"
urlpatterns = [
    path("", views.every, name="list"),
    path("<int:pk>/low/", views.set_low, name="set_low"),
]
