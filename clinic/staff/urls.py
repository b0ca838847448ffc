from django.contrib.auth.views import LogoutView
from django.urls import path

from clinic.staff import views

app_name = "staff"
urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="login"),
    path("language/", views.choose_language, name="language"),
    path("sign-out/", LogoutView.as_view(), name="logout"),
]
