"""Forms of requests. The public one asks for what a right needs and nothing else."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from dsr.actions.assessment import REFUSALS
from dsr.actions.intake import RIGHTS
from privacy_portal.vocabulary import Law, Right

PLACES = [
    (Law.GDPR, _("In the European Union, Iceland, Liechtenstein or Norway")),
    (Law.UK_GDPR, _("In the United Kingdom")),
    (Law.CCPA, _("In California")),
]
EXPLAINED = {
    Right.ACCESS: _("See my data – we send you a copy of everything we hold about you"),
    Right.ERASURE: _(
        "Erase my data – we delete it everywhere, except what a law makes us keep, and tell you which"
    ),
}


class RequestForm(forms.Form):
    right = forms.ChoiceField(
        label=_("What would you like?"),
        choices=[(right, EXPLAINED[right]) for right in RIGHTS],
        widget=forms.RadioSelect,
    )
    email = forms.EmailField(
        label=_("Your e-mail address"),
        help_text=_("We send a code there, so that nobody else can ask in your name."),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    law = forms.ChoiceField(
        label=_("Where do you live?"),
        help_text=_("It decides which law applies and how soon we must answer."),
        choices=PLACES,
        widget=forms.RadioSelect,
    )


class CodeForm(forms.Form):
    code = forms.RegexField(
        r"^\s*\d{6}\s*$",
        label=_("The six digits from our mail"),
        error_messages={"invalid": _("The code has six digits.")},
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": "8"}
        ),
    )


class PlanForm(forms.Form):
    plan_hash = forms.CharField(widget=forms.HiddenInput, max_length=64)


class RefusalForm(forms.Form):
    reason = forms.ChoiceField(label=_("Ground"), choices=list(REFUSALS.items()))
    text = forms.CharField(
        label=_("In your words, for the person"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )


class ExtensionForm(forms.Form):
    reason = forms.CharField(
        label=_("Why more time is needed; the person is told"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=1000,
    )


class RevealForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Why do you need to see this?"),
        choices=[
            ("contact_person", _("To contact the person")),
            ("check_identity", _("To check the identity")),
            ("fulfil_by_hand", _("To answer for a system without an interface")),
        ],
    )
