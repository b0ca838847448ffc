from django.urls import path

from clinic.invoices import views

app_name = "invoices"
urlpatterns = [
    path("", views.every, name="list"),
    path("payments/", views.payments, name="payments"),
    path("payments/<int:pk>/", views.receipt, name="receipt"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/pdf/", views.as_pdf, name="pdf"),
    path("<int:pk>/pay/", views.pay, name="pay"),
]
