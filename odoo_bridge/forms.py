"""What a person sets about a connection beside its address, which comes from the environment."""

from __future__ import annotations

from typing import Any

from django import forms

from clinic.forms import Styled
from clinic.practice.models import Branch
from odoo_bridge.models import BranchJournal, Connection


class ConnectionForm(Styled, forms.ModelForm):  # type: ignore[type-arg]
    """What leaves the clinic, and which of Odoo's sales journals each branch's invoices go to."""

    class Meta:
        model = Connection
        fields = ["disclosure", "names_patient_in_calendar", "product", "calls_per_second"]
        labels = {
            "disclosure": "Lines of invoices and plans in Odoo say",
            "calls_per_second": "Calls per second at most",
        }
        help_texts = {"calls_per_second": "For an Odoo that bears few calls. Empty: as many as there are."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = dict(self.instance.branch_journals.values_list("branch", "journal_id"))
        journals = [(row["id"], row["name"]) for row in self.instance.sales_journals]
        for branch in Branch.objects.all():
            self.fields[self._name(branch)] = forms.TypedChoiceField(
                label=f"Journal for invoices of {branch}",
                choices=[("", "Choose a journal"), *journals],
                coerce=int,
                empty_value=None,
                required=False,
                initial=chosen.get(branch.pk),
                widget=forms.Select(attrs={"class": "form-select"}),
            )

    @staticmethod
    def _name(branch: Branch) -> str:
        return f"journal_{branch.pk}"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        chosen = [value for name, value in cleaned.items() if name.startswith("journal_") and value]
        if len(chosen) != len(set(chosen)):
            # Two branches' numbers in one sequence would make gaps in both.
            raise forms.ValidationError("Every branch needs a journal of its own: choose different ones.")
        return cleaned

    def save(self, commit: bool = True) -> Connection:
        connection: Connection = super().save(commit)
        names = {row["id"]: row["name"] for row in connection.sales_journals}
        # First all go, so that two branches can swap their journals.
        connection.branch_journals.all().delete()
        for branch in Branch.objects.all():
            if journal_id := self.cleaned_data[self._name(branch)]:
                BranchJournal.objects.create(
                    connection=connection, branch=branch, journal_id=journal_id, journal_name=names[journal_id]
                )
        return connection
