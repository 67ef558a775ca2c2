"""Tags and filters of every template: icons, tones, form fields. They format finished values and decide nothing."""

from __future__ import annotations

import re
from typing import Any

from django import template
from django.forms import (
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    RadioSelect,
    Select,
    SelectMultiple,
    Widget,
)
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext_lazy

from privacy_portal.staff.models import User
from privacy_portal.web import tones

register = template.Library()

SPRITE = "portal/vendor/tabler-icons/sprite.svg"


@register.simple_tag
def icon(name: str, *, css: str = "", label: str = "") -> SafeString:
    """An icon of the sprite; without a label it is decoration and hidden from screen readers."""
    shape = format_html('<use href="{}#{}"></use>', static(SPRITE), name)
    if label:
        return format_html('<svg class="p-icon {}" role="img" aria-label="{}">{}</svg>', css, label, shape)
    return format_html('<svg class="p-icon {}" aria-hidden="true" focusable="false">{}</svg>', css, shape)


@register.filter
def tone(status: object) -> str:
    """Status code → tone (good, soon, late, info, person, quiet)."""
    return tones.tone_of(status)


@register.filter
def tone_icon(tone_name: str) -> str:
    """Tone → icon, because colour alone tells nothing to one man in twelve."""
    return next((name for known, name in tones.ICONS.items() if known == tone_name), tones.ICONS["quiet"])


@register.filter
def words(code: object) -> str:
    """`waiting_on_person` → `Waiting on person`, where no display name came along."""
    text = str(code).replace("_", " ").replace("-", " ").strip()
    return text[:1].upper() + text[1:]


_SPANS = {"Y": ngettext_lazy("%d year", "%d years"), "M": ngettext_lazy("%d month", "%d months"),
          "W": ngettext_lazy("%d week", "%d weeks"), "D": ngettext_lazy("%d day", "%d days")}  # fmt: skip


@register.filter
def span(period: object) -> str:
    """`P3Y` → `3 years`; what is no simple ISO 8601 period stays as it is."""
    found = re.fullmatch(r"P(\d+)([YMWD])", str(period))
    return _SPANS[found[2]] % int(found[1]) if found else str(period)


@register.filter
def who(actor: object) -> str:
    """`staff:7` → the colleague's name, `system:user_service` → `User service`. Asks the database: not for lists."""
    kind, _colon, ref = str(actor).partition(":")
    if kind == "staff" and ref.isdigit():
        return str(User.objects.filter(pk=int(ref)).first() or actor)  # by key
    return gettext("the person") if kind == "subject" else words(ref or actor)


@register.filter
def widget_kind(field: BoundField) -> str:
    """How a field is laid out: `choices`, `check`, `hidden` or `line`."""
    widget = field.field.widget
    if widget.is_hidden:
        return "hidden"
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        return "choices"
    return "check" if isinstance(widget, CheckboxInput) else "line"


@register.filter
def control(field: BoundField) -> SafeString:
    """The field's own widget with the class its kind needs; Django links help and errors to it."""
    return field.as_widget(attrs=_classes(field))


@register.filter
def describedby(field: BoundField) -> str:
    """Ids of help and error of a group of choices, which Django leaves to the fieldset."""
    ids = [f"{field.auto_id}_helptext"] if field.help_text else []
    return " ".join([*ids, f"{field.auto_id}_error"] if field.errors else ids)


def _classes(field: BoundField) -> dict[str, Any]:
    if isinstance(field.field.widget, RadioSelect | CheckboxSelectMultiple):
        return {}  # Django would put the class on the group as well
    own = field.field.widget.attrs.get("class", "")
    added = _class_of(field.field.widget) + (" is-invalid" if field.errors else "")
    return {"class": f"{own} {added}".strip()}


def _class_of(widget: Widget) -> str:
    if isinstance(widget, CheckboxInput):
        return "form-check-input"
    return "form-select" if isinstance(widget, Select | SelectMultiple) else "form-control"
