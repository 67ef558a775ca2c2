"""The walks in a browser: a person without JavaScript from door to end, staff with all their keys."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from dsr.models import SubjectRequest
from privacy_portal.demo.company import PASSWORD
from privacy_portal.fanout.models import SystemTask
from privacy_portal.vocabulary import Right
from tests.browser.conftest import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def main(page):
    return page.locator("main").inner_text()


def test_a_person_asks_for_erasure_proves_it_and_follows_it_without_javascript(world, open_tab, drain):
    person = world.people[31]
    page = open_tab(width=PHONE, scripts=False).page

    page.goto(reverse("dsr:request_form", args=["aurora"]))
    page.check("input[name=right][value=erasure]")
    page.check("input[name=law][value=GDPR]")
    page.fill("input[name=email]", person.email)
    page.click("main form button[type=submit]")
    page.wait_for_url("**/privacy/confirm/**")
    drain(now=timezone.now())
    code = re.search(r"\b\d{6}\b", mail.outbox[-1].body).group()
    page.fill("input[name=code]", "000000" if code != "000000" else "111111")
    page.locator("main form button[type=submit]").first.click()
    assert page.locator("[aria-invalid=true]").count() == 1
    page.fill("input[name=code]", code)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/privacy/request/**")

    assert mail.outbox[-1].to == [person.email]
    assert SubjectRequest.objects.latest("received_at").reference in main(page)
    drain(now=timezone.now())
    page.reload()
    assert "Plan ready" in main(page)
    assert person.email not in page.url


def test_a_person_withdraws_without_javascript_and_is_told_who_stops(world, open_tab):
    from consent.queries.links import sign

    person = world.lead(4)
    page = open_tab(width=PHONE, scripts=False).page

    page.goto(reverse("consent:preference_form", args=[sign(world.subject_id(person), now=world.now)]))
    assert page.locator("input[name=purpose-newsletter][value=yes]").is_checked()
    page.check("input[name=purpose-newsletter][value=no]")
    page.get_by_role("button", name="Save my choices").click()
    page.wait_for_url("**/saved")
    assert "Newsletter" in main(page)

    page.go_back()
    page.reload()
    assert page.locator("input[name=purpose-newsletter][value=no]").is_checked()


def test_one_colleague_accepts_another_approves_and_progress_appears_by_itself(world, open_tab, drain):
    """No hold and no surprise: the dialog asks, the systems are asked, the page shows it without a reload."""
    case = world.ask(world.people[41], Right.ERASURE, timezone.now() - timedelta(minutes=1))
    address = reverse("dsr:request_detail", args=[case.pk])
    first, second = open_tab(), open_tab("second@example.org")

    first.page.goto(address)
    first.page.fill("#id_login", "caseworker@example.org")
    first.page.fill("#id_password", PASSWORD)
    first.page.click("main button[type=submit]")
    first.page.wait_for_url(f"**{address}")
    first.page.get_by_role("button", name="Accept the plan").click()
    first.page.get_by_text("You accepted this plan").wait_for()
    assert first.page.get_by_role("button", name="Approve and start").count() == 0

    second.page.goto(address)
    second.page.get_by_role("button", name="Approve and start").click()
    asked = second.page.locator("dialog[open]")
    assert "cannot be undone" in asked.inner_text()
    second.page.keyboard.press("Escape")
    case.refresh_from_db()
    assert case.status == "accepted"
    second.page.get_by_role("button", name="Approve and start").click()
    asked.locator("button").last.click()
    second.page.get_by_text("Approved. The systems are being asked.").wait_for()
    before = second.page.locator("#live").inner_text()
    drain(now=timezone.now())
    second.page.wait_for_function(
        "before => document.getElementById('live').innerText !== before", arg=before
    )

    assert SystemTask.objects.of_cause("request", case.pk).filter(verb="erase", status="completed").exists()
    assert "Completed" in second.page.locator("#live").inner_text()
    assert first.complaints == second.complaints == []


def test_the_list_of_requests_is_walked_with_keys(world, open_tab):
    page = open_tab("dpo@example.org").page
    page.goto(reverse("dsr:request_list"))
    names = page.locator("[data-portal-open]").all_inner_texts()

    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("j")
    current = page.locator("tr[data-portal-current] [data-portal-open]").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url("**/requests/*/")

    assert current == names[1]
    assert page.locator("h1").inner_text() == names[1]


def test_the_first_tab_stop_leads_past_the_menu(world, open_tab):
    page = open_tab("dpo@example.org").page
    page.goto(reverse("portal:home"))

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "p-skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate("document.getElementById('main').contains(document.activeElement)")
