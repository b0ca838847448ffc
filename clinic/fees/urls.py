from django.urls import path

from clinic.fees import list_views, views

app_name = "fees"
urlpatterns = [
    path("", views.schedule, name="list"),
    path("new/", views.new, name="new"),
    path("import/", views.bring, name="import"),
    path("export/", views.export, name="export"),
    path("<int:pk>/", views.change, name="change"),
    path("lists/", list_views.every, name="lists"),
    path("lists/new/", list_views.new, name="list_new"),
    path("lists/<int:pk>/", list_views.price_list, name="price_list"),
    path("lists/<int:pk>/name/", list_views.rename, name="list_rename"),
    path("lists/<int:pk>/payers/", list_views.add_payer, name="list_payer"),
    path("lists/<int:pk>/payers/<int:agreement>/remove/", list_views.remove_payer, name="list_payer_remove"),
    path("lists/<int:pk>/fees/<int:procedure>/", list_views.fee, name="list_fee"),
    path("lists/<int:pk>/import/", list_views.bring, name="list_import"),
    path("lists/<int:pk>/export/", list_views.export, name="list_export"),
    path("lists/<int:pk>/delete/", list_views.discard, name="list_delete"),
]
