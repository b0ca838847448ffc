from django.urls import path

from clinic.feeds import views

app_name = "feeds"
urlpatterns = [
    path("", views.every, name="list"),
    path("<int:pk>/make/", views.make, name="make"),
    path("<int:pk>/revoke/", views.revoke, name="revoke"),
]
