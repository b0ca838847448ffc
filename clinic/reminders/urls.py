from django.urls import path

from clinic.reminders import views

app_name = "reminders"
urlpatterns = [
    path("", views.every, name="list"),
    path("plan/", views.plan, name="plan"),
    path("<int:pk>/decide/", views.decide, name="decide"),
    path("visits/<int:pk>/heed/", views.heed, name="heed"),
]
