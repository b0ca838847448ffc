from django.urls import path

from clinic.hours import views

app_name = "hours"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("week/", views.week, name="week"),
    path("week/remove/", views.remove_week, name="remove_week"),
    path("leave/", views.absence, name="leave"),
    path("leave/<int:pk>/", views.change_absence, name="change_leave"),
    path("leave/<int:pk>/remove/", views.remove_absence, name="remove_leave"),
    path("opening/", views.opening, name="opening"),
    path("opening/<int:pk>/remove/", views.remove_opening, name="remove_opening"),
    path("closure/", views.closure, name="closure"),
    path("closure/<int:pk>/remove/", views.remove_closure, name="remove_closure"),
    path("holidays/", views.holidays, name="holidays"),
    path("stranded/", views.stranded, name="stranded"),
    path("stranded/<int:pk>/accept/", views.accept, name="accept"),
]
