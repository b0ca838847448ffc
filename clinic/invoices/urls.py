from django.urls import path

from clinic.invoices import credit_views, views

app_name = "invoices"
urlpatterns = [
    path("", views.every, name="list"),
    path("payments/", views.payments, name="payments"),
    path("payments/<int:pk>/", views.receipt, name="receipt"),
    path("payments/<int:pk>/pdf/", views.receipt_as_pdf, name="receipt_pdf"),
    path("payments/<int:pk>/refund/", credit_views.refund_payment, name="refund_payment"),
    path("deposits/<int:pk>/", credit_views.deposit, name="deposit"),
    path("statements/<int:pk>/", views.statement_as_pdf, name="statement"),
    path("estimates/<int:pk>/", views.estimate_as_pdf, name="estimate"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/pdf/", views.as_pdf, name="pdf"),
    path("<int:pk>/pay/", views.pay, name="pay"),
    path("<int:pk>/credit/", credit_views.credit, name="credit"),
    path("<int:pk>/use-credit/", credit_views.use, name="use_credit"),
    path("<int:pk>/refund/", credit_views.refund_note, name="refund_note"),
]
