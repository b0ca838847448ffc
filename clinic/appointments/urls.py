from django.urls import path

from clinic.appointments import views

app_name = "appointments"
urlpatterns = [
    path("book/", views.book, name="book"),
    path("offer/", views.offer, name="offer"),
    path("undo/", views.take_back, name="undo"),
    path("<int:pk>/step/", views.step, name="step"),
    path("<int:pk>/note/", views.note, name="note"),
    path("<int:pk>/move/", views.move, name="move"),
    path("<int:pk>/tray/", views.hold, name="hold"),
    path("tray/", views.held, name="tray"),
]
