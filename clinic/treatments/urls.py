from django.urls import path

from clinic.treatments import views

app_name = "treatments"
urlpatterns = [
    path("plans/new/<int:patient>/", views.new, name="new"),
    path("plans/<int:pk>/", views.plan, name="plan"),
    path("plans/<int:pk>/discard/", views.discard, name="discard"),
    path("plans/<int:pk>/answer/<str:answer>/", views.answer, name="answer"),
    path("plans/<int:pk>/phases/", views.add_phase, name="add_phase"),
    path("phases/<int:pk>/rename/", views.rename_phase, name="rename_phase"),
    path("phases/<int:pk>/remove/", views.remove_phase, name="remove_phase"),
    path("phases/<int:pk>/items/", views.add_item, name="add_item"),
    path("items/<int:pk>/remove/", views.remove_item, name="remove_item"),
    path("items/<int:pk>/done/", views.done, name="done"),
]
