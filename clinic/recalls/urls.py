from django.urls import path

from clinic.recalls import views

app_name = "recalls"
urlpatterns = [
    path("", views.every, name="list"),
    path("<int:pk>/", views.one, name="one"),
    path("<int:pk>/attempt/", views.attempt, name="attempt"),
]
