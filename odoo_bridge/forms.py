"""What a person sets about a connection: where it is, which branches' books are there, what is sent, who decides."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import URLValidator

from clinic.forms import Several, Styled, date_input
from clinic.practice.models import Branch
from odoo_bridge import connecting, owning, posting
from odoo_bridge.chosen import OwnerChange
from odoo_bridge.models import BranchBooks, Connection
from odoo_bridge.placing import Places, branches_of
from odoo_bridge.posting import Posting
from odoo_bridge.said import _, said_by


class PlaceForm(Styled, forms.ModelForm):  # type: ignore[type-arg]
    """Where an Odoo is, and who we are there. The key is written and never shown."""

    url = forms.CharField(
        label=_("Address"),
        max_length=200,
        validators=[URLValidator(schemes=["http", "https"])],
        widget=forms.URLInput(attrs={"placeholder": "https://odoo.example.com"}),
    )
    api_key = forms.CharField(
        label=_("API key"),
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Kept encrypted, and never shown again."),
    )

    class Meta:
        model = Connection
        fields = ["name", "url", "database", "username", "transport"]
        labels = {
            "name": _("Name"),
            "database": _("Database"),
            "username": _("User"),
            "transport": _("Spoken to in"),
        }

    field_order = ["name", "url", "database", "username", "api_key", "transport"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = self.instance.pk is not None
        if self.known:
            self.fields["api_key"].required = False
            self.fields["api_key"].help_text = _("Leave it empty to keep the present one.")
        transport = self.fields["transport"]
        assert isinstance(transport, forms.ChoiceField)
        # The REST module cannot carry the sync.
        transport.choices = [one for one in Connection.Transport.choices if one[0] != Connection.Transport.REST]
        if not self.known:
            self.fields["branches"] = _branches([])

    def clean_url(self) -> str:
        return str(self.cleaned_data["url"]).rstrip("/")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "url" in cleaned and "database" in cleaned:
            try:
                connecting.refuse_double(cleaned["url"], cleaned["database"], but=self.instance.pk)
            except connecting.NotSo as error:
                raise forms.ValidationError(said_by(error)) from error
        return cleaned

    def save(self, commit: bool = True) -> Connection:
        """Make the connection, or change it: then it pauses until it has been checked again."""
        given = {name: self.cleaned_data[name] for name in connecting.WHERE if self.cleaned_data[name]}
        if not self.known:
            return connecting.add(self.cleaned_data["name"], self.cleaned_data["branches"], **given)
        connection = Connection.objects.get(pk=self.instance.pk)
        connection.name = self.cleaned_data["name"]
        connection.save(update_fields=["name"])
        connecting.relocate(connection, given)
        return connection


class NameForm(Styled, forms.ModelForm):  # type: ignore[type-arg]
    """What the connection is called whose address comes from the environment."""

    class Meta:
        model = Connection
        fields = ["name"]
        labels = {"name": _("Name")}

    def save(self, commit: bool = True) -> Connection:
        connection: Connection = super().save(commit=False)
        connection.save(update_fields=["name"])
        return connection


class ConnectionForm(Styled, forms.ModelForm):  # type: ignore[type-arg]
    """What leaves the clinic, which branches' books are there, and which of Odoo's sales journals each has."""

    class Meta:
        model = Connection
        fields = ["disclosure", "names_patient_in_calendar", "product", "history_from", "calls_per_second"]
        labels = {
            "disclosure": _("Lines of invoices and plans in Odoo say"),
            "calls_per_second": _("Calls per second at most"),
        }
        help_texts = {"calls_per_second": _("For an Odoo that bears few calls. Empty: as many as there are.")}
        widgets = {"history_from": date_input()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.mine = branches_of(self.instance)
        if Connection.objects.in_use().count() > 1:
            self.fields["branches"] = _branches(self.mine)
        chosen = dict(self.instance.books.values_list("branch", "journal_id"))
        for branch in self.mine:
            self.fields[self._name(branch)] = forms.TypedChoiceField(
                label=_("Journal for invoices of %(branch)s", branch=branch),
                choices=[("", _("Choose a journal")), *self._journals()],
                coerce=int,
                empty_value=None,
                required=False,
                initial=chosen.get(branch.pk),
                widget=forms.Select(attrs={"class": "form-select"}),
            )

    def _journals(self) -> list[tuple[int, str]]:
        """The journals to choose from; with several companies, each says whose it is."""
        several = len(self.instance.companies) > 1
        rows = self.instance.sales_journals
        return [(row["id"], f"{row['name']} ({row['company'][1]})" if several else row["name"]) for row in rows]

    @staticmethod
    def _name(branch: Branch) -> str:
        return f"journal_{branch.pk}"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        chosen = [value for name, value in cleaned.items() if name.startswith("journal_") and value]
        if len(chosen) != len(set(chosen)):
            # Two branches' numbers in one sequence would make gaps in both.
            raise forms.ValidationError(_("Every branch needs a journal of its own: choose different ones."))
        return cleaned

    def save(self, commit: bool = True) -> Connection:
        """Save all of it. Raises `connecting.NotSo` where the default connection gives a branch up to nobody."""
        # Only what is in the form: a worker may have noted something meanwhile.
        connection: Connection = super().save(commit=False)
        connection.save(update_fields=self.Meta.fields)
        if "names_patient_in_calendar" in self.changed_data:
            connecting.rename_events(connection)
        if "branches" in self.cleaned_data and set(self.cleaned_data["branches"]) != set(self.mine):
            connecting.assign(connection, self.cleaned_data["branches"])
            # The journals of those that came are found by the check.
            connecting.ask_for_check(connection)
        journals = {row["id"]: row for row in connection.sales_journals}
        still_mine = [branch for branch in branches_of(connection) if branch in self.mine]
        # First all go, so that two branches can swap their journals.
        connection.books.update(journal_id=None)
        for branch in still_mine:
            self._keep(connection, branch, journals.get(self.cleaned_data[self._name(branch)]))
        return connection

    @staticmethod
    def _keep(connection: Connection, branch: Branch, journal: dict[str, Any] | None) -> None:
        if journal is None and connecting.is_default(connection):
            connection.books.filter(branch=branch).delete()
            return
        company = (journal or {}).get("company") or (None, "")
        BranchBooks.objects.update_or_create(
            branch=branch,
            in_sandbox=connection.is_sandbox,
            defaults={
                "connection": connection,
                "journal_id": journal["id"] if journal else None,
                "journal_name": journal["name"] if journal else "",
                "company_id": company[0],
                "company_name": company[1],
            },
        )


class Branches(Several):
    """Branches to tick. `elsewhere`: by a branch's key, the name of the connection that has it now."""

    def __init__(self, elsewhere: dict[int, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.elsewhere = elsewhere

    def label_from_instance(self, branch: Any) -> str:
        at = self.elsewhere.get(branch.pk)
        return _("%(branch)s (now in %(at)s)", branch=branch, at=at) if at else str(branch)


def _branches(initial: list[Branch]) -> Branches:
    """A box to tick for each branch; those that have their books in another connection say so."""
    places = Places()
    names = {one.pk: one.name for one in places.connections}
    elsewhere = {
        branch.pk: names[places.of_branch(branch.pk)]
        for branch in Branch.objects.all()
        if places.default and branch not in initial
    }
    return Branches(
        elsewhere,
        Branch.objects.all(),
        label=_("Branches whose books are here"),
        required=False,
        initial=initial,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("New invoices, payments and appointments go here. What was sent before stays where it is."),
    )


class Explained(forms.Select):
    """A choice each of whose options says in a sentence what it means, for the page to show."""

    means: dict[str, str]

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        option["attrs"]["data-means"] = self.means[str(value)]
        return option


class OwnersForm(Styled, forms.Form):
    """Who decides each field of a connection: one choice for each that somebody may choose."""

    def __init__(self, connection: Connection, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connection = connection
        for found in owning.every(connection).values():
            for one in found:
                if not one.why:
                    self.fields[one.key] = self._choice(one)

    @staticmethod
    def _choice(one: owning.Owned) -> forms.ChoiceField:
        select = Explained(attrs={"class": "form-select", "data-explains": "", "aria-describedby": f"means-{one.key}"})
        select.means = {str(choice): sentence for choice, sentence in one.means.items()}
        choices = [(str(choice), owning.WHO[choice]) for choice in one.choices]
        # What was shown goes along: what somebody else chose since then is not undone by saving another choice.
        return forms.ChoiceField(
            label=one.label, choices=choices, widget=select, initial=str(one.owner), show_hidden_initial=True
        )

    def save(self, by: Any) -> list[OwnerChange]:
        """Choose what was chosen otherwise than it was shown, and return what is changed by it."""
        return owning.choose(self.connection, {key: self.cleaned_data[key] for key in self.changed_data}, by)


class PostingForm(Styled, forms.Form):
    """What of Odoo's own is used in the books of each company: of each purpose what fits, or what is usual."""

    def __init__(self, connection: Connection, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connection = connection
        self.companies = posting.companies_of(connection)
        self._rows: dict[str, tuple[int, str, dict[str, posting.Row]]] = {}
        chosen = {(one.company_id, one.purpose): one for one in connection.postings.all()}
        every = posting.purposes()
        for company, _name in self.companies:
            for purpose in every:
                self._offer(company, purpose, chosen.get((company, purpose.key)))

    def _offer(self, company: int, purpose: posting.Purpose, chosen: Posting | None) -> None:
        rows = posting.fitting(self.connection, company, purpose)
        choices = [("", purpose.usual(rows)), *((str(row["id"]), row["name"]) for row in rows)]
        name = self.name(company, purpose)
        self._rows[name] = company, purpose.key, {str(row["id"]): row for row in rows}
        self.fields[name] = forms.ChoiceField(
            label=purpose.label,
            choices=choices,
            required=False,
            initial=str(chosen.odoo_id) if chosen else "",
            widget=forms.Select(attrs={"class": "form-select"}),
        )
        if chosen and str(chosen.odoo_id) not in self._rows[name][2]:
            says = _("%(name)s was chosen, and does not fit any more. Choose again.", name=chosen.name)
            self.fields[name].help_text = says

    @staticmethod
    def name(company: int, purpose: posting.Purpose) -> str:
        """Return the name of the field for a purpose in a company's books."""
        return f"{company}:{purpose.key}"

    def groups(self) -> list[tuple[str, list[Any]]]:
        """Return the companies' names with their fields."""
        every = posting.purposes()
        return [(name, [self[self.name(company, one)] for one in every]) for company, name in self.companies]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for purpose in posting.purposes():
            names = [self.name(company, purpose) for company, _name in self.companies]
            given = [bool(cleaned.get(name)) for name in names]
            if purpose.key in posting.ALL_OR_NONE and any(given) and not all(given):
                says = _("Choose one for every company, or for none: they are sent together.")
                self.add_error(names[given.index(False)], str(says))
        return cleaned

    def save(self, by: Any) -> int:
        """Keep what was chosen, and return how much of it is new."""
        wanted = [
            (company, purpose, rows.get(self.cleaned_data[name]))
            for name, (company, purpose, rows) in self._rows.items()
        ]
        return posting.choose(self.connection, wanted, by)
