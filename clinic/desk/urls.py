from django.urls import path

from clinic.desk.views import chairside, checkout, day, mine, month, people, sheet, today

app_name = "desk"
urlpatterns = [
    path("", day.day, name="day"),
    path("day/visits/", day.visits, name="visits"),
    path("sheet/", sheet.sheet, name="sheet"),
    path("week/", day.week, name="week"),
    path("month/", month.month, name="month"),
    path("today/", today.today, name="today"),
    path("search/glance/", people.glance, name="glance"),
    path("search/", people.search, name="search"),
    path("patients/<int:pk>/", people.patient, name="patient"),
    path("appointments/<int:pk>/", people.visit, name="visit"),
    path("mine/", mine.mine, name="mine"),
    path("mine/<int:pk>/", chairside.chairside, name="chairside"),
    path("mine/<int:pk>/note/", chairside.note, name="chairside_note"),
    path("mine/<int:pk>/add/", chairside.add, name="chairside_add"),
    path("mine/<int:pk>/strike/<int:treatment>/", chairside.strike, name="chairside_strike"),
    path("checkout/<int:pk>/", checkout.checkout, name="checkout"),
    path("checkout/<int:pk>/add/", checkout.add, name="checkout_add"),
    path("checkout/<int:pk>/strike/<int:treatment>/", checkout.strike, name="checkout_strike"),
    path("checkout/<int:pk>/issue/", checkout.issue, name="checkout_issue"),
]
