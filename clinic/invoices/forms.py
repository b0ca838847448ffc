"""The forms of checking out: what was done, and the money for it."""

from __future__ import annotations

import re
import uuid
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from clinic.forms import Styled
from clinic.invoices import credits
from clinic.invoices.models import Invoice, Payment
from clinic.practice.models import Branch
from clinic.totals import minor_unit, round_money
from clinic.treatments.forms import OnTooth


class TreatmentForm(OnTooth):
    """A procedure of the fee schedule that was done in a visit."""

    form_uid = forms.UUIDField(widget=forms.HiddenInput)
    discount = forms.DecimalField(
        label=_("Discount %"), min_value=0, max_value=100, max_digits=5, decimal_places=2, required=False
    )

    def __init__(self, *args: Any, branch: Branch, **kwargs: Any) -> None:
        super().__init__(*args, currency=branch.currency, notation=branch.notation, **kwargs)
        self.fields["form_uid"].initial = uuid.uuid4()


class MoneyField(forms.DecimalField):
    """An amount in a currency, typed with a point or a comma before its decimals, and nothing else."""

    widget = forms.TextInput

    def __init__(self, *, currency: str, **kwargs: Any) -> None:
        self.places = -int(minor_unit(currency).as_tuple().exponent)
        kwargs.setdefault("max_digits", 14)
        super().__init__(decimal_places=self.places, **kwargs)

    def to_python(self, value: Any) -> Decimal | None:
        text = str(value or "").strip()
        decimals = rf"([.,][0-9]{{1,{self.places}}})?" if self.places else ""
        if text and not re.fullmatch(rf"-?[0-9]+{decimals}", text):
            if not self.places:
                raise forms.ValidationError(_("Write the amount in digits without decimals."))
            says = ngettext_lazy(
                "Write the amount in digits with at most %(places)s decimal, like 1250.5.",
                "Write the amount in digits with at most %(places)s decimals, like 1250.50.",
                self.places,
            )
            raise forms.ValidationError(says % {"places": self.places})
        return super().to_python(text.replace(",", "."))


class MoneyForm(Styled, forms.Form):
    """Money that is received or paid back. `uid` is the one that the payment will have."""

    uid = forms.UUIDField(widget=forms.HiddenInput)
    method = forms.ChoiceField(
        label=_("Method"), choices=Payment.Method.choices, widget=forms.RadioSelect, initial=Payment.Method.CARD
    )

    def __init__(self, *args: Any, currency: str, amount: Decimal | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["uid"].initial = uuid.uuid4()
        self.fields["amount"] = MoneyField(label=_("Amount"), currency=currency, initial=amount)
        self.fields["amount"].widget.attrs |= {"inputmode": "decimal", "autocomplete": "off", "class": "form-control"}


class PaymentForm(MoneyForm):
    """Money for one invoice."""

    keep_rest = forms.BooleanField(label=_("Keep what is more than owed as credit"), required=False)

    def __init__(self, *args: Any, invoice: Invoice, **kwargs: Any) -> None:
        owed = round_money(invoice.balance, invoice.currency)
        super().__init__(*args, currency=invoice.currency, amount=owed, **kwargs)


class CreditForm(Styled, forms.Form):
    """What of an invoice is credited, line by line, and why. `uid` is the one that the credit note will have."""

    uid = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Reason"), max_length=200, help_text=_("It is written on the credit note."))

    def __init__(self, *args: Any, invoice: Invoice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["uid"].initial = uuid.uuid4()
        self.left = credits.left_of(invoice)
        # Of which lines the books credited something, nobody knows here: so nothing is suggested.
        is_known = not invoice.book_credits.exists()
        for one in self.left:
            taken, what = one.taken, {"line": one.line.description}
            quantity = forms.DecimalField(
                label=_("Quantity of %(line)s") % what, min_value=0, max_digits=9, decimal_places=2, required=False
            )
            if is_known:
                quantity.initial = taken.quantity.normalize() if taken.quantity % 1 else int(taken.quantity)
            price = MoneyField(label=_("Price of %(line)s") % what, currency=invoice.currency, required=False)
            price.initial = round_money(taken.unit_price, invoice.currency)
            self.fields[f"quantity_{one.line.pk}"], self.fields[f"price_{one.line.pk}"] = quantity, price
            for field in (quantity, price):
                field.widget.attrs |= {"class": "form-control num", "inputmode": "decimal", "autocomplete": "off"}

    def rows(self) -> list[tuple[credits.Left, forms.BoundField, forms.BoundField]]:
        """Return each line with its two fields."""
        return [(one, self[f"quantity_{one.line.pk}"], self[f"price_{one.line.pk}"]) for one in self.left]

    def taken(self) -> list[credits.Taken]:
        """Return what is to be credited. Asked of a form that is valid."""
        found = []
        for one in self.left:
            quantity = self.cleaned_data[f"quantity_{one.line.pk}"] or Decimal(0)
            price = self.cleaned_data[f"price_{one.line.pk}"]
            initial = self.fields[f"price_{one.line.pk}"].initial
            # A price that has more decimals than the currency is shown rounded, and meant as it is.
            unit_price = one.taken.unit_price if price == initial else price or Decimal(0)
            found.append(credits.Taken(one.line, quantity, unit_price))
        return found
