from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from governance.actions import breaches, holds, retention
from governance.actions.breaches import Report
from governance.models import Breach, Hold, Sweep, System
from governance.states import Channel, HoldGround
from privacy_portal.staff.roles import Role
from privacy_portal.vocabulary import Actor

OFFICER = Actor.staff(1)
LISTS = ("system_list", "sweep_list", "hold_list", "breach_list")


@pytest.fixture
def dpo(company, staff):
    return staff(company, Role.DPO)


@pytest.fixture
def auditor(company, staff):
    return staff(company, Role.AUDITOR)


@pytest.fixture
def stranger(borealis, staff):
    return staff(borealis, Role.DPO)


@pytest.fixture
def cases(company, stores, drain):
    """One of everything, at Aurora."""
    now = timezone.now() - timedelta(hours=1)
    stores.fill("events", 2001, now - timedelta(days=900))
    stores.fill("accounts", 7, now - timedelta(days=1500))
    sweep = retention.plan_sweep(controller_id=company.pk, by=OFFICER, now=now)
    drain(now=now)
    report = Report(
        title="Laptop lost", description="On a train", channel=Channel.STAFF, systems=["user_service"]
    )
    breach = breaches.report_breach(controller_id=company.pk, report=report, by=OFFICER, now=now)
    hold = holds.place_hold(
        controller_id=company.pk,
        subject_id=None,
        dataset_id=System.objects.get(code="payment_service").datasets.get(name="orders").pk,
        ground=HoldGround.AUDIT,
        reason="Tax audit",
        review_on=date(2020, 1, 1),
        by=OFFICER,
        now=now,
    )
    return {"sweep": sweep, "breach": breach, "hold": hold, "system": System.objects.get(code="user_service")}


def urls_of(cases) -> dict[str, list[str]]:
    details = [
        reverse("governance:system_detail", args=[cases["system"].pk]),
        reverse("governance:sweep_detail", args=[cases["sweep"].pk]),
        reverse("governance:breach_detail", args=[cases["breach"].pk]),
    ]
    posts = [
        reverse("governance:hold_lift", args=[cases["hold"].pk]),
        *(
            reverse(f"governance:sweep_{deed}", args=[cases["sweep"].pk])
            for deed in ("release", "hold", "cancel")
        ),
        *(
            reverse(f"governance:breach_{deed}", args=[cases["breach"].pk])
            for deed in ("assess", "notify", "close")
        ),
    ]
    return {"lists": [reverse(f"governance:{name}") for name in LISTS], "details": details, "posts": posts}


# -- who may see and do what ----------------------------------------------------------------------------------------
def test_nobody_sees_or_does_anything_without_signing_in(cases, client):
    urls = urls_of(cases)

    for url in urls["lists"] + urls["details"] + [reverse("governance:breach_form")]:
        assert client.get(url).url.startswith(reverse("account_login")), url
    for url in [*urls["posts"], reverse("governance:sweep_plan")]:
        assert client.post(url).url.startswith(reverse("account_login")), url


def test_another_controllers_officer_finds_nothing(cases, stranger):
    urls = urls_of(cases)

    for url in urls["details"]:
        assert stranger.get(url).status_code == 404, url
    for url in urls["posts"]:
        assert stranger.post(url, {"reason": "x"}).status_code == 404, url
    for url in urls["lists"]:
        page = stranger.get(url).content.decode()
        assert not any(
            name in page for name in ("Laptop lost", "Customer accounts", "Tax audit", "Aurora")
        ), url
    assert Hold.objects.get().lifted_at is None


def test_an_auditor_sees_everything_and_changes_nothing(cases, auditor):
    urls = urls_of(cases)

    for url in urls["lists"] + urls["details"]:
        page = auditor.get(url)
        assert page.status_code == 200, url
        assert "btn-danger" not in page.content.decode(), url
    deeds = [*urls["posts"], reverse("governance:sweep_plan"), reverse("governance:breach_form")]
    for url in [*deeds, reverse("governance:hold_list")]:
        assert auditor.post(url, {"reason": "x"}).status_code == 403, url
    assert auditor.get(reverse("governance:breach_form")).status_code == 403
    assert Sweep.objects.get().status == "awaiting_release"


def test_a_case_worker_does_not_see_retention(cases, company, staff):
    worker = staff(company, Role.CASE_WORKER)

    assert worker.get(reverse("governance:sweep_list")).status_code == 403
    assert worker.get(reverse("governance:breach_list")).status_code == 200


def test_deeds_need_a_post(cases, dpo):
    for url in [*urls_of(cases)["posts"], reverse("governance:sweep_plan")]:
        assert dpo.get(url).status_code == 405, url


def test_two_memberships_show_both_controllers(cases, company, borealis, staff):
    from privacy_portal.staff.models import Membership, User

    browser = staff(company, Role.DPO)
    Membership.objects.create(user=User.objects.get(), controller=borealis, role=Role.AUDITOR)

    page = browser.get(reverse("governance:system_list")).content.decode()

    assert "Customer accounts" in page and "Kundenkartei" in page


# -- lists and empty states -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", LISTS)
def test_empty_lists_say_what_will_appear_and_why_nothing_does(name, controller, staff):
    page = staff(controller(), Role.DPO).get(reverse(f"governance:{name}")).content.decode()

    assert "p-empty" in page


@pytest.mark.parametrize("name", LISTS)
def test_long_lists_take_few_queries(name, cases, company, dpo, noon, django_assert_max_num_queries):
    url = reverse(f"governance:{name}")
    dpo.get(url)
    for number in range(5):
        report = Report(title=f"Mail to the wrong address {number}", description="x", channel=Channel.STAFF)
        breaches.report_breach(controller_id=company.pk, report=report, by=OFFICER, now=timezone.now())
        retention.plan_sweep(controller_id=company.pk, by=OFFICER, now=noon + timedelta(days=number))

    with django_assert_max_num_queries(16):
        assert dpo.get(url).status_code == 200


def test_the_register_is_filtered_by_what_is_held(cases, dpo):
    page = dpo.get(reverse("governance:system_list"), {"category": "financial"}).content.decode()

    assert "Orders and payments" in page and "Customer accounts" not in page.split("p-filter")[-1]


def test_a_system_shows_fields_grounds_order_and_purposes(cases, dpo):
    payment = System.objects.get(code="payment_service")

    page = dpo.get(reverse("governance:system_detail", args=[payment.pk])).content.decode()

    for piece in (
        "Taxes Consolidation Act 1997, s. 886",
        "Newsletter and campaigns",
        "Customer accounts",
        "Greenway Parcels",
        "Keep, with the ground",
        "7 years",
        "yearly return",
    ):
        assert piece in page, piece


# -- the sweep's page -----------------------------------------------------------------------------------------------
def test_the_plan_page_shows_counts_per_system_and_why_it_waits(cases, dpo):
    page = dpo.get(reverse("governance:sweep_detail", args=[cases["sweep"].pk])).content.decode()

    assert "2001" in page and "the cap is 2000" in page
    assert "Customer accounts" in page and ">7<" in page


def test_an_officer_releases_what_waited(cases, dpo, stores, drain):
    url = reverse("governance:sweep_detail", args=[cases["sweep"].pk])

    answer = dpo.post(reverse("governance:sweep_release", args=[cases["sweep"].pk]), follow=True)
    drain(now=timezone.now())

    assert answer.redirect_chain[-1][0] == url
    assert stores.rows["events"] == []
    page = dpo.get(url).content.decode()
    assert "Completed" in page and "Erased" in page
    again = dpo.post(reverse("governance:sweep_release", args=[cases["sweep"].pk]))
    assert again.status_code == 409


def test_cancelling_needs_a_reason_and_says_so_in_place(cases, dpo):
    url = reverse("governance:sweep_cancel", args=[cases["sweep"].pk])

    assert dpo.post(url, {"reason": ""}).status_code == 422
    assert dpo.post(url, {"reason": "Migration"}).status_code == 302
    assert (Sweep.objects.get().status, Sweep.objects.get().closing_reason) == ("cancelled", "Migration")


def test_count_now_plans_tonights_sweep_where_one_may(company, dpo, stores):
    assert dpo.post(reverse("governance:sweep_plan")).status_code == 302
    assert dpo.post(reverse("governance:sweep_plan")).status_code == 302

    assert Sweep.objects.count() == 1


# -- holds ----------------------------------------------------------------------------------------------------------
def test_a_hold_is_placed_and_lifted_in_the_browser(company, dpo):
    dataset = System.objects.get(code="user_service").datasets.get(name="accounts")
    given = {
        "controller": company.pk,
        "dataset": dataset.pk,
        "ground": "audit",
        "reason": "x",
        "review_on": "2027-01-01",
    }

    assert dpo.post(reverse("governance:hold_list"), given).status_code == 302
    hold = Hold.objects.get()
    assert (hold.dataset, hold.placed_by) == (dataset, f"staff:{dpo.session['_auth_user_id']}")
    assert dpo.post(reverse("governance:hold_lift", args=[hold.pk])).status_code == 302
    assert Hold.objects.get().lifted_at is not None


def test_a_hold_on_nothing_is_refused_in_place(company, dpo):
    given = {"controller": company.pk, "ground": "audit", "reason": "x", "review_on": "2027-01-01"}

    answer = dpo.post(reverse("governance:hold_list"), given)

    assert answer.status_code == 422 and "name a person, a dataset, or both" in answer.content.decode()


def test_a_dataset_of_another_controller_cannot_be_chosen(company, borealis, dpo):
    dataset = System.objects.get(code="card_index").datasets.get()
    given = {
        "controller": company.pk,
        "dataset": dataset.pk,
        "ground": "audit",
        "reason": "x",
        "review_on": "2027-01-01",
    }

    assert dpo.post(reverse("governance:hold_list"), given).status_code == 422
    assert not Hold.objects.exists()


# -- breaches -------------------------------------------------------------------------------------------------------
def form(company, **facts) -> dict:
    aware_at = timezone.now() - timedelta(hours=2)
    given = {
        "controller": company.pk,
        "title": "Mail to the wrong people",
        "description": "A list was sent to 40 people",
        "detected_at": f"{aware_at:%Y-%m-%dT%H:%M}",
        "aware_at": f"{aware_at:%Y-%m-%dT%H:%M}",
        "categories": ["contact"],
        "people_affected": "40",
        "laws": ["GDPR", "CA Civ Code 1798.82"],
        "systems": [System.objects.get(code="user_service").pk],
    }
    return {**given, **facts}


def test_a_breach_is_reported_by_form_and_its_clocks_run(company, dpo):
    answer = dpo.post(reverse("governance:breach_form"), form(company), follow=True)

    breach = Breach.objects.get()
    assert answer.redirect_chain[-1][0] == reverse("governance:breach_detail", args=[breach.pk])
    assert breach.clocks.count() == 2 and breach.systems.get().code == "user_service"
    page = answer.content.decode()
    assert "69 h" in page
    assert "GDPR Art. 33(1)" in page


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"aware_at": "2999-01-01T00:00"}, "must not lie in the future"),
        ({"aware_at": ""}, "required"),
        ({"title": ""}, "required"),
        ({"people_affected": "-1"}, "greater than or equal to 0"),
        ({"occurred_at": "2998-01-01T00:00"}, "must not be later than its detection"),
    ],
)
def test_a_wrong_report_is_shown_again_with_what_is_wrong(company, dpo, facts, said):
    answer = dpo.post(reverse("governance:breach_form"), form(company, **facts))

    assert answer.status_code == 422 and said in answer.content.decode()
    assert not Breach.objects.exists()


def test_a_breach_cannot_be_reported_for_another_controller(company, borealis, dpo):
    assert (
        dpo.post(reverse("governance:breach_form"), form(company, controller=borealis.pk)).status_code == 422
    )


def test_the_officer_decides_tells_and_closes(cases, dpo):
    breach = cases["breach"]
    judgement = {"decision": "notify", "risk": "high", "reasons": "Names", "measures": "Wiped"}
    told = {
        "phase": "first",
        "notified_at": f"{timezone.now():%Y-%m-%dT%H:%M}",
        "authority": "DPC",
        "reference": "BN-1",
    }

    assert dpo.post(reverse("governance:breach_assess", args=[breach.pk]), judgement).status_code == 302
    assert dpo.post(reverse("governance:breach_notify", args=[breach.pk]), told).status_code == 302
    assert dpo.post(reverse("governance:breach_close", args=[breach.pk])).status_code == 302

    breach.refresh_from_db()
    assert (breach.status, breach.notifications.get().reference) == ("closed", "BN-1")
    assert "BN-1" in dpo.get(reverse("governance:breach_detail", args=[breach.pk])).content.decode()


def test_a_refused_judgement_is_shown_beside_its_field(cases, dpo):
    judgement = {"decision": "do_not_notify", "risk": "high", "reasons": "x"}

    answer = dpo.post(reverse("governance:breach_assess", args=[cases["breach"].pk]), judgement)

    assert answer.status_code == 422
    assert "only a breach without a likely risk may stay unnotified" in answer.content.decode()


def test_the_list_filters_what_is_late(cases, dpo, company):
    old = timezone.now() - timedelta(hours=100)
    report = Report(title="Old one", description="x", channel=Channel.STAFF, aware_at=old)
    breaches.report_breach(controller_id=company.pk, report=report, by=OFFICER, now=timezone.now())

    rows = dpo.get(reverse("governance:breach_list"), {"late": "1"}).context["rows"]

    assert [breach.title for breach, _clock in rows] == ["Old one"]
