from django.urls import path

from clinic.dayend import views

app_name = "dayend"
urlpatterns = [
    path("", views.day, name="day"),
    path("close/", views.close, name="close"),
    path("closed/", views.every, name="list"),
    path("<int:pk>/slip/", views.slip, name="slip"),
    path("<int:pk>/correct/", views.correct, name="correct"),
]
