"""The tasks board: who sees what, who may do what, and what the page says."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from privacy_portal.connectors.base import DatasetOutcome, Kept, Outcome, Refused, State
from privacy_portal.fanout import people
from privacy_portal.fanout.models import Confirmation, Connection, SystemTask
from privacy_portal.fanout.states import Status
from privacy_portal.ledger.models import Event
from privacy_portal.staff.roles import Role
from tests.fanout.conftest import OFFICER

pytestmark = pytest.mark.django_db

SHREDDED = {"found": 3, "erased": 3, "kept": 0, "rows_left": 0}
DEEDS = ("task_assign", "task_reveal", "task_complete", "task_skip", "task_retry")


@pytest.fixture
def noon():
    """Doors read the real clock."""
    return timezone.now()


@pytest.fixture(autouse=True)
def _files(tmp_path, settings):
    storage = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "default": storage, "parcels": storage}


def by_a_person(order):
    return Outcome(state=State.NEEDS_PERSON)


def refusing(order):
    raise Refused("http_422")


@pytest.fixture
def board(client, staff, house):
    """`board(Role.DPO)` is a browser signed in with that role at the house's controller."""

    def sign_in(role: Role, controller=None):
        client.force_login(staff(controller or house.controller, role))
        return client

    return sign_in


@pytest.fixture
def stuck(house, noon, drain) -> SystemTask:
    task = house.ask(house.system("letters", by_a_person))
    drain(now=noon)
    return task


def fresh(task: SystemTask) -> SystemTask:
    return SystemTask.objects.select_related("connection").get(pk=task.pk)


def detail(task: SystemTask) -> str:
    return reverse("portal:task_detail", args=[task.pk])


def every_address(task: SystemTask) -> dict[str, tuple[str, str]]:
    said = Confirmation.objects.create(
        task=task, decision="skipped", reason="x", by="staff:1", at=timezone.now(), evidence="evidence/none"
    )
    return {
        "task_detail": ("get", detail(task)),
        "task_evidence": ("get", reverse("portal:task_evidence", args=[task.pk, said.pk])),
        **{name: ("post", reverse(f"portal:{name}", args=[task.pk])) for name in DEEDS},
        "system_pause": ("post", reverse("portal:system_pause", args=[task.connection_id])),
        "system_resume": ("post", reverse("portal:system_resume", args=[task.connection_id])),
    }


# -- who sees what --------------------------------------------------------------------------------------------------
def test_who_is_not_signed_in_is_sent_to_the_log_in(client, stuck):
    addresses = {"task_list": ("get", reverse("portal:task_list")), **every_address(stuck)}

    for method, url in addresses.values():
        answer = getattr(client, method)(url)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/"), url


def test_another_controllers_tasks_do_not_exist(board, controller, stuck):
    browser = board(Role.DPO, controller("other"))

    for name, (method, url) in every_address(stuck).items():
        assert getattr(browser, method)(url).status_code == 404, name
    assert "letters" not in browser.get(reverse("portal:task_list")).content.decode()
    assert fresh(stuck).status == Status.WAITING_ON_PERSON


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_who_may_only_look_sees_the_page_without_deeds(board, stuck, role):
    browser = board(role)

    page = browser.get(detail(stuck))

    assert page.status_code == 200
    assert "Record as done" not in page.content.decode()
    for name, (method, url) in every_address(stuck).items():
        if name in DEEDS or name == "task_evidence":
            assert getattr(browser, method)(url).status_code == 403, name


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.DPO, 302), (Role.ADMINISTRATOR, 302), (Role.CASE_WORKER, 403), (Role.AUDITOR, 403)],
)
def test_the_switch_of_a_system_is_for_who_may_throw_it(board, stuck, role, status):
    answer = board(role).post(reverse("portal:system_pause", args=[stuck.connection_id]))

    assert answer.status_code == status
    assert Connection.objects.get(pk=stuck.connection_id).paused_at is not None or status == 403


def test_a_system_owner_sees_the_tasks_of_his_systems_and_those_assigned_to_him(
    client, staff, house, noon, drain
):
    owner = staff(house.controller, Role.SYSTEM_OWNER)
    mine = house.ask(house.system("mine", by_a_person, owner=owner))
    given = house.ask(house.system("given", by_a_person))
    foreign = house.ask(house.system("foreign", by_a_person))
    drain(now=noon)
    people.assign(task_id=given.pk, user_id=owner.pk, by=OFFICER, now=noon)
    client.force_login(owner)

    seen = client.get(reverse("portal:task_list")).context["rows"]
    answers = [client.get(detail(task)).status_code for task in (mine, given, foreign)]

    assert sorted(row["system"] for row in seen) == ["given", "mine"]
    assert answers == [200, 200, 404]
    assert client.post(reverse("portal:task_skip", args=[foreign.pk]), {"reason": "x"}).status_code == 404


def test_a_system_owner_completes_what_is_his(client, staff, house, noon, drain):
    owner = staff(house.controller, Role.SYSTEM_OWNER)
    task = house.ask(house.system("mine", by_a_person, owner=owner))
    drain(now=noon)
    client.force_login(owner)

    answer = client.post(reverse("portal:task_complete", args=[task.pk]), {"reason": "Done.", **SHREDDED})

    assert answer.status_code == 302
    assert fresh(task).status == Status.COMPLETED
    assert Confirmation.objects.get(task=task).by == f"staff:{owner.pk}"


def test_a_system_owner_does_not_throw_the_switch(client, staff, house):
    owner = staff(house.controller, Role.SYSTEM_OWNER)
    crm = house.system("crm", owner=owner)
    client.force_login(owner)

    assert client.post(reverse("portal:system_pause", args=[crm.pk])).status_code == 403


# -- the list -------------------------------------------------------------------------------------------------------
def test_the_counts_per_state_lead_to_their_rows(board, house, noon, drain, stuck):
    house.ask(house.system("broken", refusing))
    drain(now=noon)
    browser = board(Role.DPO)

    tiles = browser.get(reverse("portal:task_list")).context["tiles"]

    numbers = {tile["label"]: tile["value"] for tile in tiles}
    assert numbers["Failed; a person must look"] == numbers["Waits for a person"] == 1
    for tile in tiles:
        assert len(browser.get(tile["url"]).context["rows"]) == tile["value"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["crm", "letters", "shop"]),
        ("status=waiting_on_person", ["letters"]),
        ("status=lunch", ["crm", "letters", "shop"]),
        ("verb=export", ["shop"]),
        ("due=late", ["crm"]),
        ("due=week", ["crm"]),
        ("due=month", ["crm", "letters", "shop"]),
        ("system=nonsense", ["crm", "letters", "shop"]),
        ("page=99&ordering=nonsense", ["crm", "letters", "shop"]),
        ("ordering=-connection__code", ["shop", "letters", "crm"]),
    ],
)
def test_the_list_is_narrowed_by_the_address(board, house, noon, stuck, query, found):
    house.ask(house.system("crm"), due_at=noon - timedelta(days=1))
    house.ask(house.system("shop"), "export")
    SystemTask.objects.filter(connection__code="letters").update(due_at=noon + timedelta(days=20))
    SystemTask.objects.filter(connection__code="shop").update(due_at=noon + timedelta(days=25))

    page = board(Role.DPO).get(f"{reverse('portal:task_list')}?{query}")

    assert page.status_code == 200
    assert [row["system"] for row in page.context["rows"]] == found


def test_the_list_is_narrowed_to_a_system(board, house, stuck):
    house.ask(house.system("crm"))

    page = board(Role.DPO).get(f"{reverse('portal:task_list')}?system={stuck.connection_id}")

    assert [row["system"] for row in page.context["rows"]] == ["letters"]


def test_a_long_list_costs_no_more_queries_than_a_short_one(board, house, django_assert_max_num_queries):
    crm = house.system("crm")
    for _ in range(40):
        house.ask(crm)
    browser = board(Role.DPO)

    with django_assert_max_num_queries(20):
        browser.get(reverse("portal:task_list"))


def test_a_switched_off_system_says_so_in_words(board, house, stuck):
    browser = board(Role.DPO)

    browser.post(reverse("portal:system_pause", args=[stuck.connection_id]))
    paused = browser.get(reverse("portal:task_list")).content.decode()
    browser.post(reverse("portal:system_resume", args=[stuck.connection_id]))
    resumed = browser.get(reverse("portal:task_list")).content.decode()

    assert "nothing is asked until it is resumed" in paused
    assert "it is asked as tasks fall due" in resumed


def test_pausing_twice_is_said_and_harms_nothing(board, stuck):
    browser = board(Role.DPO)
    for _ in range(2):
        answer = browser.post(reverse("portal:system_pause", args=[stuck.connection_id]), follow=True)

    assert "paused already" in answer.content.decode()


def test_the_board_is_only_read_by_get_and_only_changed_by_post(board, stuck):
    browser = board(Role.DPO)
    wrong = {"get": "post", "post": "get"}

    for name, (method, url) in every_address(stuck).items():
        assert getattr(browser, wrong[method])(url).status_code == 405, name


# -- one task -------------------------------------------------------------------------------------------------------
def test_the_page_of_a_task_tells_its_history_and_what_is_kept(board, house, noon, drain):
    kept = Kept("invoice", 3, "Tax law", "GDPR Art. 17(3)(b)", "2033-01-01")
    answer = Outcome(datasets=(DatasetOutcome("invoices", found=3, kept=3, grounds=(kept,)),), rows_left=0)
    task = house.ask(house.system("shop", lambda order: answer))
    drain(now=noon)

    page = board(Role.DPO).get(detail(task)).content.decode()

    for words in ("Completed", "invoices", "Tax law", "GDPR Art. 17(3)(b)", "2033-01-01", str(task.key)):
        assert words in page
    assert "ann@example.org" not in page
    assert "Record as done" not in page


def test_a_task_is_completed_with_evidence_and_reading_it_is_on_record(board, stuck):
    browser = board(Role.DPO)
    file = SimpleUploadedFile("Ann Example.pdf", b"%PDF shredded")

    browser.post(
        reverse("portal:task_complete", args=[stuck.pk]),
        {"reason": "Shredded.", **SHREDDED, "evidence": file},
    )
    said = Confirmation.objects.get(task=stuck)
    answer = browser.get(reverse("portal:task_evidence", args=[stuck.pk, said.pk]))

    assert answer.content == b"%PDF shredded"
    assert "attachment" in answer["Content-Disposition"]
    assert "Ann" not in answer["Content-Disposition"]
    assert Event.objects.filter(type="data_accessed", subject_id=stuck.subject_id).count() == 1


@pytest.mark.parametrize(
    ("name", "given", "status", "words"),
    [
        ("task_complete", {"reason": "Nearly.", **SHREDDED, "rows_left": 2}, 409, "rows are left"),
        ("task_complete", {"reason": "", **SHREDDED}, 422, "required"),
        ("task_complete", {"reason": "x", **SHREDDED, "rows_left": -1}, 422, "greater than or equal"),
        ("task_skip", {"reason": " "}, 422, "required"),
        ("task_assign", {"assignee": "999999"}, 422, "valid choice"),
        ("task_assign", {}, 422, "required"),
    ],
)
def test_what_is_refused_comes_back_with_the_reason(board, stuck, name, given, status, words):
    answer = board(Role.DPO).post(reverse(f"portal:{name}", args=[stuck.pk]), given)

    assert answer.status_code == status
    assert words in answer.content.decode()
    assert fresh(stuck).status == Status.WAITING_ON_PERSON


def test_an_unfit_file_comes_back_with_the_reason(board, stuck):
    file = SimpleUploadedFile("run.exe", b"MZ")

    answer = board(Role.DPO).post(
        reverse("portal:task_complete", args=[stuck.pk]), {"reason": "x", **SHREDDED, "evidence": file}
    )

    assert answer.status_code == 422
    assert "must be one of" in answer.content.decode()


def test_a_dead_letter_is_asked_again(board, house, noon, drain):
    task = house.ask(house.system("crm", refusing))
    drain(now=noon)

    board(Role.CASE_WORKER).post(reverse("portal:task_retry", args=[task.pk]))

    assert fresh(task).status == Status.WAITING
    assert Event.objects.filter(type="task_retried").count() == 1


def test_what_is_over_cannot_be_asked_again(board, house, noon, drain):
    task = house.ask(house.system("crm"))
    drain(now=noon)

    answer = board(Role.DPO).post(reverse("portal:task_retry", args=[task.pk]))

    assert answer.status_code == 409
    assert "Only a task that failed" in answer.content.decode()


def test_a_task_is_skipped_with_a_reason_that_stays_visible(board, stuck):
    browser = board(Role.DPO)

    browser.post(reverse("portal:task_skip", args=[stuck.pk]), {"reason": "The archive burned down."})

    assert fresh(stuck).status == Status.SKIPPED
    assert "The archive burned down." in browser.get(detail(stuck)).content.decode()


def test_a_task_is_assigned_on_its_page(board, staff, house, stuck):
    colleague = staff(house.controller, Role.CASE_WORKER)

    board(Role.DPO).post(reverse("portal:task_assign", args=[stuck.pk]), {"assignee": colleague.pk})

    assert fresh(stuck).assignee == colleague


def test_a_task_or_system_nobody_has_is_not_found(board):
    browser = board(Role.DPO)

    assert browser.get(reverse("portal:task_detail", args=[uuid4()])).status_code == 404
    assert browser.post(reverse("portal:system_pause", args=[uuid4()])).status_code == 404
