"""Codes in the words a person or an officer reads."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

BASIS = {
    "consent": _("We ask you first. You decide, and you can change your mind at any time."),
    "contract": _("We need this to do what you ordered from us. It does not depend on your consent."),
    "legal_obligation": _("A law obliges us to do this. It does not depend on your consent."),
    "vital_interests": _("This protects somebody's life. It does not depend on your consent."),
    "public_task": _("This is a task in the public interest. You may object to it."),
    "legitimate_interests": _("We have a legitimate interest in this. You may object to it."),
}
STANDING = {
    "": _("You have not decided yet. Until you do, we treat it as no."),
    "given": _("You said yes"),
    "refused": _("You said no"),
    "pending": _("You have not confirmed yet. Until you do, we treat it as no."),
    "withdrawn": _("You took your consent back"),
    "expired": _("Your consent has ended by itself. We treat it as no."),
}
DONE = {
    "given": _("You said yes"),
    "refused": _("You said no"),
    "pending": _("You were asked to confirm"),
    "withdrawn": _("You took your consent back"),
    "expired": _("Your consent ended by itself"),
}
TONES = {
    "given": "good",
    "stopped": "good",
    "stopped_late": "soon",
    "partly": "soon",
    "late": "late",
    "person": "person",
    "asked": "info",
}
"""Tone of a standing or of a system's answer; the rest is quiet."""
