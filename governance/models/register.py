"""The register: systems and what they hold, purposes and which system works for them (GDPR Art. 30)."""

from __future__ import annotations

import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from governance.states import ErasureStrategy, Level
from privacy_portal.staff.reach import Reach
from privacy_portal.vocabulary import DataCategory, LegalBasis


class SystemQuerySet(models.QuerySet["System"]):
    def within(self, reach: Reach) -> Self:
        return self.filter(controller_id__in=reach.controller_ids)

    def in_use(self) -> Self:
        return self.filter(retired_at=None)


class System(models.Model):
    """A place where personal data lies. Its connection has the same code."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    controller = models.ForeignKey("portal.Controller", on_delete=models.PROTECT, related_name="systems")
    connection = models.OneToOneField("portal.Connection", on_delete=models.PROTECT, related_name="system")
    code = models.SlugField(max_length=60)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, help_text="Kind of connector, as in wiring.CONNECTORS")
    owner_name = models.CharField(max_length=200, blank=True)
    owner_team = models.CharField(max_length=200, blank=True)
    country = models.CharField(max_length=2, help_text="Where the data lies, ISO 3166-1 alpha-2")
    after = models.ManyToManyField("self", symmetrical=False, related_name="before", blank=True)
    registered_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = SystemQuerySet.as_manager()
    history = HistoricalRecords(m2m_fields=[after])
    PERSONAL_FIELDS = frozenset({"owner_name"})

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="a_system_code_is_unique_per_controller", fields=["controller", "code"]
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Dataset(models.Model):
    """A table, collection or drawer of a system. `options` say how the connector finds a person's rows in it."""

    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="datasets")
    name = models.SlugField(max_length=60)
    options = models.JSONField(default=dict, blank=True, help_text="table, key, identity, references")
    removed_at = models.DateTimeField(null=True, blank=True)

    history = HistoricalRecords()
    PERSONAL_FIELDS: frozenset[str] = frozenset()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="a_dataset_name_is_unique_per_system", fields=["system", "name"]),
        ]

    def __str__(self) -> str:
        return self.name


class DataElement(models.Model):
    """One field. The category says what it is about; the level how much harm its disclosure does."""

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="elements")
    name = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=0)
    category = models.CharField(max_length=20, choices=DataCategory)
    level = models.CharField(max_length=12, choices=Level, default=Level.INTERNAL)
    erase = models.CharField(max_length=12, choices=ErasureStrategy, default=ErasureStrategy.DELETE)
    keep_reason = models.CharField(max_length=300, blank=True)
    keep_article = models.CharField(max_length=80, blank=True, help_text='Such as "GDPR Art. 17(3)(b)"')
    keep_statute = models.CharField(max_length=120, blank=True, help_text='Such as "AO § 147"')
    keep_start = models.CharField(
        max_length=80, blank=True, help_text="The date field the period counts from"
    )
    keep_period = models.CharField(max_length=20, blank=True, help_text="ISO 8601, such as P7Y")
    removed_at = models.DateTimeField(null=True, blank=True)

    history = HistoricalRecords()
    PERSONAL_FIELDS: frozenset[str] = frozenset()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="an_element_name_is_unique_per_dataset", fields=["dataset", "name"]),
            models.CheckConstraint(
                name="what_is_kept_names_its_ground",
                condition=~Q(erase=ErasureStrategy.KEEP) | (~Q(keep_reason="") & ~Q(keep_article="")),
            ),
            models.CheckConstraint(
                name="start_and_period_of_keeping_go_together",
                condition=Q(keep_start="", keep_period="") | (~Q(keep_start="") & ~Q(keep_period="")),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PurposeQuerySet(models.QuerySet["Purpose"]):
    def within(self, reach: Reach) -> Self:
        return self.filter(controller_id__in=reach.controller_ids)

    def live(self) -> Self:
        return self.filter(is_live=True)


class Purpose(models.Model):
    """What data are used for, in plain words, and on which ground (GDPR Arts 5(1)(b), 6, 9)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    controller = models.ForeignKey("portal.Controller", on_delete=models.PROTECT, related_name="purposes")
    code = models.SlugField(max_length=60)
    names = models.JSONField(help_text='By language: {"en": "Newsletter"}')
    texts = models.JSONField(help_text="Plain words by language")
    legal_basis = models.CharField(max_length=24, choices=LegalBasis)
    special_condition = models.CharField(max_length=20, blank=True, help_text='Such as "Art. 9(2)(a)"')
    interest = models.CharField(
        max_length=300, blank=True, help_text="The legitimate interest, where that is the basis"
    )
    categories = models.JSONField(default=list)
    cessation_hours = models.PositiveSmallIntegerField(
        default=72, help_text="Until a stop must have reached everyone"
    )
    is_live = models.BooleanField(default=True)

    objects = PurposeQuerySet.as_manager()
    history = HistoricalRecords()
    PERSONAL_FIELDS: frozenset[str] = frozenset()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="a_purpose_code_is_unique_per_controller", fields=["controller", "code"]
            ),
            models.CheckConstraint(
                name="a_stop_is_due_within_30_days", condition=Q(cessation_hours__range=(1, 720))
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def name_in(self, language: str) -> str:
        """The name in this language, else in the controller's first one."""
        return str(
            self.names.get(language) or self.names.get(self.controller.default_language()) or self.code
        )

    def text_in(self, language: str) -> str:
        return str(self.texts.get(language) or self.texts.get(self.controller.default_language()) or "")

    def category_names(self) -> list[str]:
        return [DataCategory(code).label for code in self.categories]


class Recipient(models.Model):
    """Who else receives data (GDPR Art. 30(1)(d)); outside the EEA with the tool that allows the transfer."""

    controller = models.ForeignKey("portal.Controller", on_delete=models.PROTECT, related_name="recipients")
    code = models.SlugField(max_length=60)
    name = models.CharField(max_length=200)
    kind = models.CharField(
        max_length=40, help_text="processor, joint controller, authority, group company …"
    )
    country = models.CharField(max_length=2)
    safeguard = models.CharField(
        max_length=120, blank=True, help_text='Such as "SCC module 2" (GDPR Arts 44–49)'
    )

    history = HistoricalRecords()
    PERSONAL_FIELDS: frozenset[str] = frozenset()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="a_recipient_code_is_unique_per_controller", fields=["controller", "code"]
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ActivityQuerySet(models.QuerySet["ProcessingActivity"]):
    def in_use(self) -> Self:
        return self.filter(system__retired_at=None, removed_at=None)


class ProcessingActivity(models.Model):
    """What one system does for one purpose, and what it must do when consent changes.

    `actions` maps a change to required actions: {"consent_withdrawn": ["stop_processing", "delete_profile"], …}.
    """

    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT, related_name="activities")
    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="activities")
    does = models.CharField(max_length=300)
    actions = models.JSONField(default=dict, blank=True)
    within_hours = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="If shorter than the purpose's"
    )
    recipients = models.ManyToManyField(Recipient, related_name="activities", blank=True)
    retention = models.CharField(
        max_length=300, blank=True, help_text="Envisaged time limits in words, Art. 30(1)(f)"
    )
    transfers = models.JSONField(
        default=list, blank=True, help_text='[{"country": "US", "safeguard": "SCC module 2"}]'
    )
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = ActivityQuerySet.as_manager()
    history = HistoricalRecords(m2m_fields=[recipients])
    PERSONAL_FIELDS: frozenset[str] = frozenset()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="a_system_works_for_a_purpose_once", fields=["purpose", "system"]),
        ]
        verbose_name_plural = "processing activities"

    def __str__(self) -> str:
        return self.does

    def hours(self) -> int:
        """Within how many hours the system must have acted on a change of consent."""
        return self.within_hours or self.purpose.cessation_hours


class Flow(models.Model):
    """Data move from a system to another system or to a recipient."""

    controller = models.ForeignKey("portal.Controller", on_delete=models.PROTECT, related_name="flows")
    source = models.ForeignKey(System, on_delete=models.PROTECT, related_name="flows_out")
    system = models.ForeignKey(
        System, null=True, blank=True, on_delete=models.PROTECT, related_name="flows_in"
    )
    recipient = models.ForeignKey(
        Recipient, null=True, blank=True, on_delete=models.PROTECT, related_name="flows_in"
    )
    purpose = models.ForeignKey(
        Purpose, null=True, blank=True, on_delete=models.PROTECT, related_name="flows"
    )
    categories = models.JSONField(default=list)
    via = models.CharField(max_length=120, blank=True, help_text="Such as nightly export, API, message bus")
    removed_at = models.DateTimeField(null=True, blank=True)

    history = HistoricalRecords()
    PERSONAL_FIELDS: frozenset[str] = frozenset()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_flow_ends_at_a_system_or_at_a_recipient",
                condition=Q(system__isnull=False, recipient=None) | Q(system=None, recipient__isnull=False),
            ),
            models.UniqueConstraint(
                name="a_flow_is_stated_once",
                fields=["source", "system", "recipient", "purpose"],
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"flow {self.pk}"
