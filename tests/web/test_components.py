"""Every widget with sample values: well-formed, labelled, no inline style, and clean to axe in light and dark."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import include, path

from privacy_portal.templatetags.portal import icon
from privacy_portal.web import charts, gallery, tones

ROOT = Path(django_settings.BASE_DIR)
STATIC = ROOT / "privacy_portal" / "static" / "portal"
COMPONENTS = sorted(page.name for page in (ROOT / "templates" / "components").glob("*.html"))
VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def public_sample(request: HttpRequest) -> HttpResponse:
    controller = {
        "name": "Example Shop",
        "dpo_email": "dpo@example.org",
        "authority_name": "Data Protection Commission",
    }
    return render(request, "404.html", {"controller": controller})


urlpatterns = [
    path("gallery", gallery.gallery),
    path("public", public_sample),
    path("accounts/", include("allauth.urls")),
]


class Outline(HTMLParser):
    """Refuses a page whose tags do not close in order; remembers attributes and ids."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing (line {self.getpos()[0]})"
        assert self.open.pop() == tag, f"</{tag}> closes another tag (line {self.getpos()[0]})"

    def values(self, attribute: str) -> list[str]:
        return [value or "" for _, name, value in self.attributes if name == attribute]


def a_request(query: str = "") -> HttpRequest:
    request = RequestFactory().get(f"/?{query}")
    request.user = AnonymousUser()
    return request


@pytest.fixture
def drawn() -> str:
    menu = [{"label": "Today", "url": "/", "icon": "inbox", "active": True, "badge": 3}]
    controllers = [
        {"code": "ie", "name": "Shop", "active": True},
        {"code": "us", "name": "Shop Inc.", "active": False},
    ]
    values = gallery.samples() | {"navigation": menu, "controllers": controllers}
    return render_to_string("portal/gallery.html", values, request=a_request())


def test_the_gallery_is_well_formed(drawn):
    outline = Outline(drawn)

    assert not outline.open
    assert "{%" not in drawn
    assert "{#" not in drawn


def test_nothing_needs_an_inline_style_script_or_handler(drawn):
    names = {name for _, name, _ in Outline(drawn).attributes}

    assert "style" not in names
    assert not [name for name in names if name.startswith("on")]
    assert not re.search(r"<style|<script(?![^>]* src=)", drawn)


def test_ids_are_unique_and_every_reference_finds_its_id(drawn):
    outline = Outline(drawn)
    ids = outline.values("id")
    names = ("aria-describedby", "aria-labelledby", "for")
    references = [one for name in names for value in outline.values(name) for one in value.split()]

    assert sorted(ids) == sorted(set(ids))
    assert set(references) <= set(ids)


def test_every_picture_has_a_name_or_is_hidden(drawn):
    pictures = re.findall(r"<svg[^>]*>", drawn)
    pictures = [tag for tag in pictures if "viewBox" not in tag]  # a plot inside a named picture

    assert pictures
    assert not [tag for tag in pictures if 'role="img"' not in tag and 'aria-hidden="true"' not in tag]
    assert all(
        "<title>" in drawing
        for drawing in re.findall(r'role="img"[^>]*>(.{9})', drawn)
        if "<use" not in drawing
    )


def test_every_icon_that_a_template_names_is_in_the_sprite():
    known = set(
        re.findall(r'<symbol id="([^"]+)"', (STATIC / "vendor" / "tabler-icons" / "sprite.svg").read_text())
    )
    pages = "".join(one.read_text() for one in (ROOT / "templates").rglob("*.html"))
    named = set(re.findall(r'{% icon "([^"]+)"(?!\|)', pages)) | set(tones.ICONS.values())
    named |= set(re.findall(r'icon(?:_name)?[=|]\w*:?"([^"]+)"', pages))

    assert named - known == set()


def test_every_component_says_what_it_takes():
    folder = ROOT / "templates" / "components"

    assert not [
        name for name in COMPONENTS if not re.match(r"\{(#|% comment %)", (folder / name).read_text())
    ]


def test_every_file_a_style_sheet_asks_for_is_there():
    for sheet in (STATIC / "css").glob("*.css"):
        for address in re.findall(r'url\("([^")]+)"\)', sheet.read_text()):
            assert (sheet.parent / address).exists(), f"{sheet.name}: {address}"


def test_the_gallery_is_hidden_unless_debugging(settings):
    settings.DEBUG = False

    with pytest.raises(Http404):
        gallery.gallery(a_request())


@pytest.mark.parametrize("name", ["403.html", "404.html", "500.html"])
def test_error_pages_need_no_context(name):
    page = render_to_string(name)

    assert not Outline(page).open
    assert page.count("<h1>") == 1


def test_a_clock_says_its_state_in_words_and_explains_itself():
    clock = {"label": "Answer", "state": "late", "due": "19 Nov", "remaining": "2 days late", "progress": 100,
             "steps": [{"text": "One month", "source": "GDPR Art. 12(3)"}]}  # fmt: skip

    page = render_to_string("components/clock.html", {"clock": clock})

    assert "Past due" in page
    assert "<details" in page
    assert "GDPR Art. 12(3)" in page


def test_pages_keep_the_filters_of_the_list():
    request = a_request("law=GDPR&page=2")

    page = render_to_string(
        "components/pagination.html", {"page": Paginator(range(30), 10).page(2)}, request=request
    )

    assert "law=GDPR&amp;page=3" in page
    assert "11–20 of 30" in page


def test_a_cursor_replaces_the_cursor_before():
    page = render_to_string(
        "components/pagination.html", {"next_cursor": "b"}, request=a_request("law=GDPR&cursor=a")
    )

    assert "law=GDPR&amp;cursor=b" in page


def test_a_wrong_field_points_at_its_error_and_its_help():
    form = gallery.FormSample({"email": "no"})

    page = render_to_string("components/field.html", {"field": form["email"]})

    assert 'aria-describedby="id_email_helptext id_email_error"' in page
    assert 'aria-invalid="true"' in page
    assert 'id="id_email_error"' in page


def test_a_group_of_choices_is_a_fieldset_with_a_legend():
    page = render_to_string("components/field.html", {"field": gallery.FormSample()["right"]})

    assert "<fieldset" in page
    assert "<legend" in page


def test_a_finished_region_stops_asking():
    values = {
        "region_id": "one",
        "url": "/live",
        "fragment": "components/progress_bar.html",
        "done": 1,
        "total": 2,
    }

    running = render_to_string("components/live.html", values)
    finished = render_to_string("components/live.html", values | {"finished": True})

    assert 'hx-trigger="every 2s"' in running
    assert "hx-get" not in finished


def test_an_empty_list_names_the_one_next_action():
    values = {
        "title": "Requests",
        "reason": "None is open",
        "action_url": "/form",
        "action_label": "Test the form",
    }

    page = render_to_string("components/empty.html", values)

    assert page.count("<a ") == 1


@pytest.mark.parametrize(
    ("status", "tone"),
    [("completed", "good"), ("waiting_on_person", "person"), ("partly_failed", "late"), ("Due soon", "soon"),
     ("blocked", "quiet"), ("never heard of", "quiet"), ("late", "late"), (None, "quiet")],
)  # fmt: skip
def test_a_status_has_a_tone_and_an_unknown_one_does_not_alarm(status, tone):
    assert tones.tone_of(status) == tone


def test_no_status_has_two_tones():
    words = [word for words in tones._WORDS.values() for word in words.split()]

    assert len(words) == len(set(words))


def test_an_icon_without_a_label_is_hidden_from_screen_readers():
    assert 'aria-hidden="true"' in icon("check")
    assert 'aria-label="Done"' in icon("check", label="Done")


def test_a_label_in_a_chart_is_escaped():
    chart = charts.stacked("<b>", [charts.Slice("<script>", 1)])

    assert "<script>" not in chart.svg
    assert "<b>" not in chart.svg


def test_the_parts_of_a_bar_fill_it():
    chart = charts.stacked(
        "Due", [charts.Slice("a", 1), charts.Slice("b", 2), charts.Slice("none", 0), charts.Slice("c", 1)]
    )

    assert [float(width) for width in re.findall(r'width="([\d.]+)%" height="24"', chart.svg)] == [25, 50, 25]
    assert chart.rows[2] == ("none", "0", "0")


def test_a_clock_tells_its_moments_as_a_table_too():
    start = NOON - timedelta(hours=36)
    marks = [charts.Mark(start + timedelta(hours=24), "48 h")]
    chart = charts.countdown("72 h", start=start, due=start + timedelta(hours=72), now=NOON, marks=marks)
    clock = {"label": "Authority", "state": "soon", "due": "23 Nov", "remaining": "36 h", "chart": chart}

    page = render_to_string("components/clock.html", {"clock": clock})

    table = page[page.index("<table") : page.index("</table>")]
    assert "p-chart__svg" in page
    assert [row for row in chart.rows if f">{row[0]}</th>" not in table or row[1] not in table] == []
    Outline(page)


@pytest.mark.parametrize("name", [name for name in COMPONENTS if name != "sparkline.html"])
def test_every_widget_that_draws_a_chart_has_a_table(name):
    """The small line beside a number is the exception: that number is its words."""
    template = (ROOT / "templates" / "components" / name).read_text()

    assert ".svg }}" not in template or "<table" in template or "chart_twin.html" in template


def test_a_chart_without_numbers_is_empty_and_does_not_divide_by_zero():
    assert charts.stacked("Due", []).is_empty
    assert charts.bars("By right", [charts.Slice("a", 0)]).is_empty
    assert charts.lines("Months", [], []).is_empty
    assert charts.sparkline("Deliveries", []).is_empty


def test_a_line_chart_has_the_same_numbers_as_a_table():
    chart = charts.lines(
        "Months", ["Oct", "Nov"], [charts.Series("Opened", [3, 4]), charts.Series("Closed", [1, 2])]
    )

    assert chart.head == ("", "Opened", "Closed")
    assert chart.rows == (("Oct", "3", "1"), ("Nov", "4", "2"))


@pytest.mark.parametrize(
    ("hours", "tone", "gone"),
    [(0, "info", 0.0), (36, "info", 50.0), (72, "info", 100.0), (80, "late", 100.0)],
)
def test_a_countdown_turns_late_only_after_the_due_moment(hours, tone, gone):
    start = NOON - timedelta(hours=hours)

    chart = charts.countdown("72 h", start=start, due=start + timedelta(hours=72), now=NOON)

    bar = re.search(rf'class="p-fill-{tone}" x="0" y="6" width="([\d.]+)%"', chart.svg)
    assert bar
    assert float(bar[1]) == gone


@pytest.mark.browser
@pytest.mark.timeout(300)  # the first one waits for the database to be made
@pytest.mark.urls(__name__)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1360, 390])
@pytest.mark.parametrize("address", ["gallery", "public"])
def test_axe_finds_nothing_and_nothing_overflows(live_server, settings, browser, scheme, width, address):
    from axe_playwright_python.sync_playwright import Axe

    settings.DEBUG = True
    tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    refused: list[str] = []
    tab.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)

    tab.goto(f"{live_server.url}/{address}")
    tab.wait_for_load_state("networkidle")
    found = Axe().run(tab).response["violations"]
    beyond = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    tab.close()

    assert not [(rule["id"], rule["nodes"][0]["html"]) for rule in found]
    assert beyond <= 0
    assert not refused


@pytest.mark.browser
@pytest.mark.timeout(300)  # the first one waits for the database to be made
@pytest.mark.urls(__name__)
def test_keys_confirm_and_theme_work_under_the_strict_policy(live_server, settings, browser):
    settings.DEBUG = True
    tab = browser.new_page(viewport={"width": 1360, "height": 900})
    tab.goto(f"{live_server.url}/gallery")

    tab.keyboard.press("j")
    tab.keyboard.press("j")
    tab.keyboard.press("x")
    assert tab.locator("tr[data-portal-current] a").inner_text() == "DSR-2026-1030"
    assert tab.locator("tr[data-portal-current] input").is_checked()

    tab.click("[data-portal-confirm]")
    assert tab.locator("dialog[open]").inner_text().startswith("Erase 12 records at 4 systems?")
    tab.keyboard.press("Escape")
    assert tab.locator("dialog[open]").count() == 0

    tab.click(".p-spine [data-portal-theme-toggle]")
    tab.reload()
    assert tab.evaluate("document.documentElement.dataset.portalTheme") == "light"

    tab.keyboard.press("?")
    tab.uncheck("[data-portal-keys-on]")
    tab.keyboard.press("Escape")
    tab.keyboard.press("j")
    assert tab.locator("tr[data-portal-current]").count() == 0
    tab.close()


@pytest.mark.browser
@pytest.mark.timeout(300)  # the first one waits for the database to be made
@pytest.mark.urls(__name__)
def test_the_phone_menu_opens_without_javascript(live_server, settings, browser):
    settings.DEBUG = True
    context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{live_server.url}/gallery")

    assert not tab.locator(".p-phone__panel").is_visible()
    tab.click(".p-phone summary")

    assert tab.locator(".p-phone__panel").is_visible()
    context.close()


@pytest.mark.browser
@pytest.mark.timeout(300)  # the first one waits for the database to be made
@pytest.mark.urls(__name__)
def test_sign_in_and_second_factor_pages_wear_our_clothes(live_server, settings, browser, django_user_model):
    from axe_playwright_python.sync_playwright import Axe

    settings.LOGIN_REDIRECT_URL = "/accounts/2fa/"
    django_user_model.objects.create_user(email="dpo@example.org", password="a long enough word")
    tab = browser.new_page(viewport={"width": 390, "height": 844})
    found: dict[str, list[str]] = {}

    def look(address: str) -> None:
        tab.goto(f"{live_server.url}/accounts/{address}")
        assert tab.locator("h1").count() == 1, address
        found[address] = [rule["id"] for rule in Axe().run(tab).response["violations"]]

    look("login/")
    tab.fill("#id_login", "dpo@example.org")
    tab.fill("#id_password", "a long enough word")
    tab.click("main button[type=submit]")
    tab.wait_for_url("**/accounts/2fa/")
    look("2fa/totp/activate/")  # asks for the password again
    tab.fill("#id_password", "a long enough word")
    tab.click("main button[type=submit]")
    tab.wait_for_url("**/accounts/2fa/totp/activate/")
    assert tab.locator("img.p-account__code").is_visible()
    for address in (
        "2fa/",
        "2fa/totp/activate/",
        "2fa/webauthn/add/",
        "2fa/recovery-codes/generate/",
        "password/change/",
        "logout/",
    ):
        look(address)
    tab.close()

    assert {address: rules for address, rules in found.items() if rules} == {}
