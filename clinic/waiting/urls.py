from django.urls import path

from clinic.waiting import views

app_name = "waiting"
urlpatterns = [
    path("", views.every, name="list"),
    path("new/", views.new, name="new"),
    path("fits/", views.fitting, name="fits"),
    path("<int:pk>/", views.edit, name="edit"),
    path("<int:pk>/leave/", views.leave, name="leave"),
    path("<int:pk>/fill/", views.fill, name="fill"),
]
