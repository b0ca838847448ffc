from django.apps import AppConfig


class InvoicesConfig(AppConfig):
    name = "clinic.invoices"

    def ready(self) -> None:
        from clinic.guards import keep
        from clinic.invoices.rules import GUARDS

        keep(self, GUARDS)
