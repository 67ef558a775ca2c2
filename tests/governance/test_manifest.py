from __future__ import annotations

import pytest
import yaml
from django.core.management import CommandError, call_command

from governance.actions.manifest.checks import read_manifest
from governance.errors import ManifestRefused
from governance.models import DataElement, Dataset, ProcessingActivity, Purpose, RetentionRule, System
from privacy_portal.fanout.models import Connection
from privacy_portal.ledger.models import Event
from privacy_portal.organisation.models import Controller
from tests.governance.conftest import COMPANY, ENVIRON

SMALL = """\
manifest: 1
controllers:
- code: acme
  name: Acme
  country: IE
  mail_from: privacy@acme.example
  purposes:
  - code: news
    name: {en: News}
    text: {en: We write to you.}
    legal_basis: consent
    categories: [contact]
  systems:
  - code: crm
    name: CRM
    kind: sql
    country: IE
    connection: {url: "sqlite:///crm"}
    datasets:
    - name: people
      table: people
      key: id
      identity: {email: email}
      fields:
      - {name: email, category: contact}
      - {name: seen_at, category: none}
      retention: {start: seen_at, period: P3Y, source: Policy 1}
    activities:
    - purpose: news
      does: Sends news
      actions: {withdrawn: [stop_processing]}
"""


def problems(text: str, environ: dict[str, str] | None = None) -> list[tuple[int, str, str]]:
    with pytest.raises(ManifestRefused) as refused:
        read_manifest(text, environ or {})
    return [(problem.line, problem.path, problem.wrong) for problem in refused.value.problems]


def line_of(text: str, piece: str) -> int:
    return text[: text.index(piece)].count("\n") + 1


def first_changed_line(text: str) -> int:
    pairs = zip(SMALL.splitlines(), text.splitlines(), strict=False)
    return next(number for number, (before, after) in enumerate(pairs, start=1) if before != after)


# What is not there has no line of its own: it is that of the thing that lacks it.
LACKS = {
    "nobody's rows can be found": "- name: people",
    "needs 'table'": "- name: people",
    "'does' is missing": "- purpose: news",
    "consent is withdrawn": "- purpose: news",
    "needs an address": "- code: crm",
}


def test_the_small_manifest_of_these_tests_is_good():
    assert [controller["code"] for controller in read_manifest(SMALL, {})] == ["acme"]


# -- bad input: every problem has its line, what is wrong, and the fix ----------------------------------------------
@pytest.mark.parametrize(
    ("before", "after", "wrong"),
    [
        pytest.param(
            "country: IE\n  mail", "country: NO\n  mail", "YAML reads this as bool", id="Norway is not false"
        ),
        pytest.param("kind: sql", "kind: sqll", "'sqll' is not known here", id="unknown kind"),
        pytest.param("mail_from: privacy@acme.example", "mail_from: nobody", "does not fit", id="no address"),
        pytest.param("legal_basis: consent", "legal_basis: hope", "'hope' is not known", id="unknown basis"),
        pytest.param("categories: [contact]", "categories: [gossip]", "'gossip' is not known", id="category"),
        pytest.param("period: P3Y", "period: 3 years", "is not a period", id="period"),
        pytest.param("period: P3Y", "period: P0D", "is not a period", id="no time at all"),
        pytest.param(
            "purpose: news\n", "purpose: newz\n", "there is no purpose 'newz'", id="unknown purpose"
        ),
        pytest.param(
            "start: seen_at", "start: sean_at", "'sean_at' is not among the fields", id="misspelt column"
        ),
        pytest.param(
            "identity: {email: email}", "identity: {}", "nobody's rows can be found", id="unreachable rows"
        ),
        pytest.param("      table: people\n", "", "needs 'table'", id="no table"),
        pytest.param("      does: Sends news\n", "", "'does' is missing", id="missing key"),
        pytest.param("name: CRM", "name: CRM\n    nmae: CRM", "'nmae' is not a key here", id="unknown key"),
        pytest.param("name: CRM", "name: CRM\n    name: CRM", "written twice", id="key twice"),
        pytest.param(
            "actions: {withdrawn: [stop_processing]}", "actions: {}", "consent is withdrawn", id="Art. 7(3)"
        ),
        pytest.param(
            'connection: {url: "sqlite:///crm"}', "connection: {}", "needs an address", id="no address of it"
        ),
        pytest.param(
            "sqlite:///crm", "postgres://crm:hunter2@db/crm", "password is written in clear", id="password"
        ),
        pytest.param(
            'url: "sqlite:///crm"', 'url: "x", secret: hunter2', "secret is written in clear", id="secret"
        ),
        pytest.param("sqlite:///crm", "${CRM_URL}", "CRM_URL is not set", id="variable not set"),
        pytest.param(
            "name: {en: News}", "name: {de: Neues}", "first language 'en' is missing", id="language"
        ),
        pytest.param(
            "email, category: contact}",
            "email, category: contact, erase: keep}",
            "needs 'reason'",
            id="ground",
        ),
        pytest.param(
            "email, category: contact}",
            "email, category: contact, reason: x}",
            "belong to a kept",
            id="no keep",
        ),
        pytest.param("mail_from: p", "mail_from: !!int p", "cannot be read as int", id="no number"),
        pytest.param("name: CRM", "name: !!bool CRM", "cannot be read as bool", id="neither true nor false"),
        pytest.param("name: CRM", 'name: !!int ""', "cannot be read as int", id="an empty number"),
        pytest.param("name: CRM", "name: 0x_", "cannot be read as int", id="begins like a number"),
        pytest.param("manifest: 1", "manifest: 2", "not a whole number from 1 to 1", id="other version"),
    ],
)
def test_a_mistake_is_named_with_its_line(before, after, wrong):
    text = SMALL.replace(before, after, 1)
    assert text != SMALL

    found = problems(text)

    lines = {line for line, _path, said in found if wrong in said}
    assert lines == {line_of(text, LACKS[wrong]) if wrong in LACKS else first_changed_line(text)}, found
    assert "hunter2" not in str(found)


def test_the_line_is_that_of_the_mistake():
    text = SMALL.replace("kind: sql", "kind: sqll").replace("period: P3Y", "period: soon")

    found = problems(text)

    assert [line for line, _path, _wrong in found] == [
        line_of(text, "kind: sqll"),
        line_of(text, "retention:"),
    ]
    assert found[0][1] == "controllers[0].systems[0].kind"


def test_all_problems_are_told_at_once():
    text = (
        SMALL.replace("kind: sql", "kind: x").replace("country: IE", "country: Ireland").replace("P3Y", "x")
    )

    assert len(problems(text)) == 4


def test_systems_that_wait_for_each_other_are_refused():
    second = "  - {code: shop, name: Shop, kind: manual, country: IE, after: [crm]}\n"
    text = (
        SMALL.replace("    country: IE\n    connection", "    country: IE\n    after: [shop]\n    connection")
        + second
    )

    assert any("wait for each other: crm, shop" in wrong for _line, _path, wrong in problems(text))


def test_a_rule_may_not_sweep_what_a_statute_keeps_longer():
    kept = "erase: keep, reason: Tax, article: GDPR Art. 17(3)(b), start: seen_at, period: P7Y"
    text = SMALL.replace("category: contact}", f"category: contact, {kept}}}")

    assert any("P3Y is shorter than the P7Y" in wrong for _line, _path, wrong in problems(text))


def test_special_categories_need_a_condition():
    text = SMALL.replace("categories: [contact]", "categories: [health]")

    assert any("GDPR Art. 9(2)" in wrong for _line, _path, wrong in problems(text))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("manifest: 1\ncontrollers: [\n", 3),
        ("a: b: c\n", 1),
        ("", 1),
        ("- just\n- a list\n", 1),
        ("manifest: 1\n\tx: y\n", 2),
    ],
)
def test_what_is_no_manifest_at_all_is_refused_with_a_line(text, line):
    assert problems(text)[0][0] == line


def test_aliases_cannot_make_a_small_file_endless():
    bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{new}: &{new} [{','.join(['*' + old] * 10)}]\n" for old, new in zip("abcdef", "bcdefg", strict=True)
    )

    assert "too many" in problems(bomb)[0][2]


# -- loading --------------------------------------------------------------------------------------------------------
def test_a_second_load_changes_nothing(load):
    first = load()
    events = Event.objects.count()
    histories = System.history.count(), DataElement.history.count(), Purpose.history.count()

    second = load()

    assert first.created and not second.any
    assert second.unchanged > 50
    assert Event.objects.count() == events
    assert (System.history.count(), DataElement.history.count(), Purpose.history.count()) == histories


def test_a_changed_field_is_updated_with_its_history(load):
    load(SMALL)

    changes = load(SMALL.replace("period: P3Y", "period: P2Y"))

    assert changes.updated == ["acme: crm.people retention (period)"]
    assert list(RetentionRule.history.order_by("history_id").values_list("period", flat=True)) == [
        "P3Y",
        "P2Y",
    ]
    assert Connection.objects.get(code="crm").options["datasets"][0]["retention"]["period"] == "P2Y"


def test_the_connection_describes_what_the_register_says(company, system):
    options = system("payment_service").connection.options

    assert options["url"] == ENVIRON["PAYMENT_SERVICE_URL"]
    invoices = next(dataset for dataset in options["datasets"] if dataset["name"] == "invoices")
    assert invoices["identity"] == {"customer_id": "customer_id"}
    name = next(field for field in invoices["fields"] if field["name"] == "name")
    assert name == {
        "name": "name",
        "category": "identity",
        "erase": "keep",
        "reason": "An invoice must name the customer",
        "article": "GDPR Art. 17(3)(b)",
        "statute": "Taxes Consolidation Act 1997, s. 886",
        "start": "issued_on",
        "period": "P7Y",
    }


def test_secrets_are_sealed_and_come_from_the_environment(company, system):
    connection = system("marketing_service").connection

    assert connection.open_secret() == ENVIRON["MARKETING_SERVICE_SECRET"]
    assert ENVIRON["MARKETING_SERVICE_SECRET"] not in str(connection.options)
    assert ENVIRON["MARKETING_SERVICE_SECRET"].encode() not in bytes(connection.secret)


def test_a_new_secret_replaces_the_old_one(load):
    load()

    changes = load(environ={**ENVIRON, "MARKETING_SERVICE_SECRET": "whsec_bmV3"})

    assert changes.updated == ["aurora: connection marketing_service (secret)"]
    assert Connection.objects.get(code="marketing_service").open_secret() == "whsec_bmV3"


def test_what_is_missing_from_the_file_is_only_retired_when_pruning(load):
    load(SMALL)
    without = yaml.safe_load(SMALL)
    without["controllers"][0]["systems"] = []
    text = yaml.safe_dump(without)

    kept = load(text)
    assert kept.not_in_file == ["acme: system CRM"]
    assert System.objects.get().retired_at is None

    pruned = load(text, prune=True)
    assert pruned.retired == ["acme: system CRM"]
    assert System.objects.get().retired_at and Connection.objects.get().retired_at

    load(SMALL)
    assert System.objects.get().retired_at is None and Connection.objects.get().retired_at is None


def test_a_dropped_field_is_pointed_out_and_stays_until_pruned(load):
    load(SMALL)
    text = SMALL.replace(
        "      - {name: email, category: contact}\n", "      - {name: mail, category: contact}\n"
    )
    text = text.replace("identity: {email: email}", "identity: {email: mail}")

    assert load(text).not_in_file == ["acme: crm.people.email"]
    assert [f["name"] for f in Connection.objects.get().options["datasets"][0]["fields"]] == [
        "email",
        "mail",
        "seen_at",
    ]

    load(text, prune=True)
    assert [f["name"] for f in Connection.objects.get().options["datasets"][0]["fields"]] == [
        "mail",
        "seen_at",
    ]


def test_a_refused_file_writes_nothing(load):
    with pytest.raises(ManifestRefused):
        load(COMPANY.read_text().replace("legal_basis: contract", "legal_basis: habit"))

    assert not Controller.objects.exists() and not System.objects.exists() and not Event.objects.exists()


def test_every_entry_is_in_the_ledger(company, events):
    assert events(controller_id=company.pk).count("system_registered") == 7
    assert events(controller_id=company.pk).count("purpose_registered") == 5


def test_withdrawal_actions_also_count_for_expiry(company):
    activity = ProcessingActivity.objects.get(system__code="marketing_service", purpose__code="newsletter")

    assert activity.actions["consent_expired"] == activity.actions["consent_withdrawn"]
    assert activity.hours() == 24


def test_datasets_of_every_system_are_there(company):
    assert Dataset.objects.filter(system__controller=company).count() == 12


# -- the command ----------------------------------------------------------------------------------------------------
@pytest.fixture
def environment(monkeypatch):
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)


def test_the_command_loads_and_says_that_a_second_run_changed_nothing(db, environment, capsys):
    call_command("register", str(COMPANY))
    assert "The register is in step" in capsys.readouterr().out

    call_command("register", str(COMPANY))
    assert "Nothing changed" in capsys.readouterr().out


def test_the_command_names_file_and_line(db, tmp_path, capsys):
    file = tmp_path / "company.yaml"
    file.write_text(SMALL.replace("kind: sql", "kind: sqll"))

    with pytest.raises(CommandError, match="nothing was written"):
        call_command("register", str(file))

    assert (
        f"{file}:16: controllers[0].systems[0].kind: 'sqll' is not known here. Write one of:"
        in capsys.readouterr().err
    )


def test_a_file_that_is_not_there_or_not_text_is_said_so(db, tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("register", str(tmp_path / "none.yaml"))
    (tmp_path / "latin.yaml").write_bytes(b"manifest: 1\nname: \xe9\n")
    with pytest.raises(CommandError, match="latin.yaml:2: this is not UTF-8"):
        call_command("register", str(tmp_path / "latin.yaml"))
