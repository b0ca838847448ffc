"""The page about the sync, as a manager sees it."""

from clinic.demo.factories import PatientFactory
from clinic.staff.models import User
from odoo_bridge.models import Connection, Link


def test_the_number_of_queries_does_not_grow_with_what_needs_somebody(practice, django_assert_max_num_queries):
    connection = Connection.objects.create(
        name="Sandbox", url="http://127.0.0.1:1", database="sandbox", username="bridge", api_key="key", is_sandbox=True
    )
    for hour in range(8, 16):
        visit = practice.visit(hour, patient=PatientFactory(branch=practice.branch))
        wanting = {"mapping": "event", "uid": visit.uid, "reason": "Odoo refused it."}
        Link.objects.create(connection=connection, needs_person=True, **wanting)
    manager = practice.somebody(User.Role.MANAGER)
    with django_assert_max_num_queries(9):
        page = manager.get("/sync/").content.decode()
    assert page.count("Odoo refused it.") == 8
    assert 'id="again-' in page
