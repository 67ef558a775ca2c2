"""Forms of consent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from consent.queries.preferences import Preference

YES, NO = "yes", "no"


class LinkForm(forms.Form):
    email = forms.EmailField(
        label=_("Your e-mail address"),
        help_text=_("We send the link to this address if we know it."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        max_length=254,
    )


class ChoicesForm(forms.Form):
    """One pair of radios per purpose the person decides about; none is ticked before they decided."""

    all = forms.ChoiceField(choices=[(YES, YES), (NO, NO)], required=False)

    def __init__(self, preferences: Sequence[Preference], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.codes = [row.code for row in preferences if row.asks]
        for code in self.codes:
            self.fields[f"purpose-{code}"] = forms.ChoiceField(
                choices=[(YES, _("Yes")), (NO, _("No"))], required=False
            )

    def wanted(self) -> dict[str, bool]:
        """By purpose, yes or no; a purpose without an answer is left out."""
        every = self.cleaned_data.get("all")
        answers = {code: every or self.cleaned_data.get(f"purpose-{code}") for code in self.codes}
        return {code: answer == YES for code, answer in answers.items() if answer}


class RevealForm(forms.Form):
    """Why somebody looks at who it is; codes, because the reason goes into the ledger."""

    reason = forms.ChoiceField(
        label=_("Why do you need to see this?"),
        choices=[
            ("", _("Choose a reason")),
            ("question", _("The person asked us")),
            ("complaint", _("A complaint")),
            ("proof", _("Proof for an authority")),
        ],
    )


class WithdrawalForm(forms.Form):
    """A withdrawal that reached us outside the page."""

    purpose = forms.SlugField(widget=forms.HiddenInput)
    method = forms.ChoiceField(
        label=_("How did it reach us?"),
        choices=[("phone", _("On the phone")), ("paper", _("On paper")), ("in_person", _("In person"))],
    )


class NoticeForm(forms.Form):
    """The words of the next version, in one language after the other."""

    valid_months = forms.IntegerField(
        label=_("A yes holds for, in months"),
        required=False,
        min_value=1,
        max_value=120,
        help_text=_("Empty: until it is taken back."),
    )
    valid_source = forms.CharField(
        label=_("Where that number comes from"),
        required=False,
        max_length=200,
        help_text=_("Needed with a number."),
    )

    def __init__(self, languages: Sequence[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.languages = languages
        for language in languages:
            needed = language == languages[0]
            self.fields[f"title-{language}"] = forms.CharField(
                label=f"{_('Title')} ({language})", max_length=200, required=needed
            )
            self.fields[f"body-{language}"] = forms.CharField(
                label=f"{_('Text')} ({language})", widget=forms.Textarea, max_length=10_000, required=needed
            )
        self.order_fields([name for name in self.fields if "-" in name])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("valid_months") and not data.get("valid_source"):
            self.add_error("valid_source", _("Say where the number of months comes from."))
        return data

    def texts(self) -> dict[str, dict[str, str]]:
        both = {
            language: {part: self.cleaned_data[f"{part}-{language}"] for part in ("title", "body")}
            for language in self.languages
        }
        return {language: words for language, words in both.items() if words["title"] or words["body"]}
