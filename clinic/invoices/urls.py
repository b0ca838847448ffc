from django.urls import path

from clinic.invoices import views

app_name = "invoices"
urlpatterns = [
    path("", views.every, name="list"),
    path("payments/", views.payments, name="payments"),
    path("payments/<int:pk>/", views.receipt, name="receipt"),
    path("payments/<int:pk>/pdf/", views.receipt_as_pdf, name="receipt_pdf"),
    path("statements/<int:pk>/", views.statement_as_pdf, name="statement"),
    path("estimates/<int:pk>/", views.estimate_as_pdf, name="estimate"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/pdf/", views.as_pdf, name="pdf"),
    path("<int:pk>/pay/", views.pay, name="pay"),
]
