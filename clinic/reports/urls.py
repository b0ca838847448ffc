from django.urls import path

from clinic.reports import views

app_name = "reports"
urlpatterns = [
    path("", views.aging, name="aging"),
    path("production/", views.produced, name="production"),
    path("unbilled/", views.not_billed, name="unbilled"),
]
