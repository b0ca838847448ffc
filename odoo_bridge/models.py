"""What the bridge remembers: the connections to Odoo, and what each record's two sides last agreed on."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import uuid4

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy

from odoo_bridge.chosen import OwnerChange  # noqa: F401 - Django finds it
from odoo_bridge.found import AuditFinding, AuditRun  # noqa: F401 - Django finds them
from odoo_bridge.posting import Posting  # noqa: F401 - Django finds it
from odoo_bridge.proposed import AdoptionProposal, AdoptionSearch, PlanItem, SyncPlan  # noqa: F401 - Django finds them
from odoo_bridge.said import _
from odoo_bridge.saying import PackedField, SentenceField
from odoo_bridge.secrets import EncryptedField


def kind_in_force(kinds: set[bool]) -> bool:
    """Tell whether sandboxes are in force: where no `ODOO_URL` is set they are, else real Odoos.

    `kinds`: whether they are sandboxes, of all connections. Where there are only those of the other kind, these are.
    """
    wanted = not settings.ODOO_URL
    return wanted if wanted in kinds else not wanted


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def of_one_kind(self) -> ConnectionQuerySet:
        """Return the connections of the kind in force (see `kind_in_force`)."""
        kinds = set(Connection.objects.order_by().values_list("is_sandbox", flat=True))
        return self.filter(is_sandbox=kind_in_force(kinds))

    def in_use(self) -> ConnectionQuerySet:
        """Return those of the kind in force that are not archived, the default one first."""
        used = self.of_one_kind().exclude(state=Connection.State.ARCHIVED)
        return used.order_by("-is_default", "pk")


class Connection(models.Model):
    """One Odoo database in which the books of some branches are kept, and one user there.

    Nothing is sent or fetched unless `state` is "active". A connection to a real Odoo starts paused, until a person
    has run the check and said go. An archived one is over: it only remembers what its Odoo has.
    """

    class State(models.TextChoices):
        PAUSED = "paused", _("Paused")
        ACTIVE = "active", _("Active")
        ARCHIVED = "archived", _("Archived")

    class Disclosure(models.TextChoices):
        MINIMAL = "minimal", _("Minimal: “Dental treatment” and amounts")
        CATEGORY = "category", _("The kind of treatment")
        FULL = "full", _("What the invoice says")

    class Transport(models.TextChoices):
        AUTO = "auto", _("Chosen from the server's version")
        JSONRPC = "jsonrpc", "JSON-RPC"
        XMLRPC = "xmlrpc", "XML-RPC"
        JSON2 = "json2", _("JSON-2 (Odoo 19 and newer)")
        REST = "rest", _("REST module (not for the sync)")

    class Doubt(models.TextChoices):
        """Why it is not certain that this clinic and that Odoo belong together as they are."""

        MOVED = "moved", _("The clinic runs in another place")
        CLINIC = "clinic", _("The clinic's database is older than what Odoo knows of it")
        ODOO = "odoo", _("Odoo's database is older than what the clinic knows of it")
        OTHER = "other", _("Another installation writes to this Odoo")

    name = models.CharField(max_length=60, unique=True)
    url = models.CharField(max_length=200)
    database = models.CharField(max_length=80)
    username = models.CharField(max_length=120)
    api_key = EncryptedField()
    transport = models.CharField(max_length=8, choices=Transport.choices, default=Transport.AUTO)
    is_sandbox = models.BooleanField(default=False, editable=False)
    # The one that the environment describes: it has the books of all branches that are assigned to no other.
    is_default = models.BooleanField(default=False, editable=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PAUSED)
    disclosure = models.CharField(max_length=8, choices=Disclosure.choices, default=Disclosure.MINIMAL)
    names_patient_in_calendar = models.BooleanField(
        gettext_lazy("patients attend their calendar events"),
        default=True,
        help_text=_("Otherwise events do not say who comes."),
    )
    product = models.CharField(
        gettext_lazy("product for treatment plans"),
        max_length=40,
        default="TREAT",
        help_text=_("Internal reference of the service in Odoo that lines of treatment plans are sold as."),
    )
    history_from = models.DateField(
        gettext_lazy("send what is from this day on"),
        null=True,
        blank=True,
        help_text=_("Appointments, plans and invoices before it stay here. Empty: everything is sent."),
    )
    namespace = models.CharField(max_length=40, default="clinic_bridge", editable=False)
    # The newest check, its findings, and when somebody last asked for one.
    check_wanted_at = models.DateTimeField(null=True, blank=True, editable=False)
    checked_at = models.DateTimeField(null=True, blank=True, editable=False)
    findings = PackedField(default=list, editable=False)
    # Odoo's sales journals at the newest check: [{"id", "name", "company": [id, name]}], to choose from.
    sales_journals = models.JSONField(default=list, editable=False)
    # What Odoo has to choose from for its books, at the newest check, by Odoo's model (see `posting.OFFERS`).
    offered = models.JSONField(default=dict, editable=False)
    # The companies that the user works for, at the newest check: [{"id", "name"}].
    companies = models.JSONField(default=list, editable=False)
    # Who decides a shared field, where it is not as the mapping says: "partner.email" -> "newest" (see `merge.Owner`).
    owners = models.JSONField(default=dict, blank=True, editable=False)
    # Calls in a second that this Odoo is to bear from all workers together; none set: as many as there are.
    calls_per_second = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0.1)])
    next_call_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Which copy of the clinic this is, where it was confirmed to run, and how far its mark in Odoo is (see `guard`).
    instance = models.UUIDField(default=uuid4, editable=False)
    place = models.CharField(max_length=300, blank=True, editable=False)
    mark = models.JSONField(default=dict, editable=False)
    marked_at = models.DateTimeField(null=True, blank=True, editable=False)
    doubt = models.CharField(max_length=8, choices=Doubt.choices, blank=True, editable=False)
    # What a person answered to the doubt, and when the last such recovery was made.
    recovery = models.CharField(max_length=8, choices=Doubt.choices, blank=True, editable=False)
    recovered_at = models.DateTimeField(null=True, blank=True, editable=False)
    # What stops the whole connection at present, in words, and when to try again.
    trouble = SentenceField(blank=True, editable=False)
    trouble_since = models.DateTimeField(null=True, blank=True, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False)
    resume_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_push_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_pull_at = models.DateTimeField(null=True, blank=True, editable=False)
    # How many batches were begun to be pushed: what was read from Odoo before the last of them may be out of date.
    pushes = models.PositiveBigIntegerField(default=0, editable=False)
    # Where there are several connections, one task at a time works on each: see `odoo_bridge.tasks`.
    lease = models.UUIDField(null=True, blank=True, editable=False)
    leased_until = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar[Any] = ConnectionQuerySet.as_manager()

    class Meta:
        verbose_name = "Odoo connection"
        constraints = [
            models.UniqueConstraint("is_sandbox", condition=Q(is_default=True), name="one_default_of_each_kind"),
        ]
        permissions = [("operate_sync", "Can check, pause and resume connections")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_being_checked(self) -> bool:
        """Whether somebody asked for a check that has not been made yet."""
        wanted, made = self.check_wanted_at, self.checked_at
        return wanted is not None and (made is None or made < wanted)


class BranchBooks(models.Model):
    """Where a branch's books are: in which Odoo, and in which of its sales journals, which is nobody else's.

    The company is the journal's. A branch with no row has its books in the default connection. The sandbox and real
    Odoos are two kinds that are never in force together: a branch has one row for each kind at most.
    """

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="books")
    branch = models.ForeignKey("practice.Branch", models.CASCADE, related_name="+")
    in_sandbox = models.BooleanField(editable=False)
    journal_id = models.PositiveIntegerField(null=True, blank=True)
    journal_name = models.CharField(max_length=120, blank=True)
    company_id = models.PositiveIntegerField(null=True, blank=True)
    company_name = models.CharField(max_length=120, blank=True)

    class Meta:
        verbose_name_plural = "branch books"
        constraints = [
            models.UniqueConstraint("branch", "in_sandbox", name="one_place_for_a_branchs_books"),
            models.UniqueConstraint("connection", "journal_id", name="one_branch_per_connection_and_journal"),
        ]

    def __str__(self) -> str:
        return f"{self.branch}: {self.journal_name or self.connection}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.in_sandbox = self.connection.is_sandbox
        super().save(*args, **kwargs)


class Window(models.Model):
    """How far a mapping's pull has come: the next one asks for what was written since `since` on Odoo's clock."""

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="windows")
    mapping = models.CharField(max_length=30)
    since = models.DateTimeField(null=True, blank=True)
    # When deletions were last looked for, and whether so many were found that a person had to look first.
    swept_at = models.DateTimeField(null=True, blank=True)
    doubted = models.BooleanField(default=False)
    lease = models.UUIDField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("connection", "mapping", name="one_window_per_mapping")]

    def __str__(self) -> str:
        return f"{self.mapping} since {self.since}"


URGENT, BACKLOG = 0, 1
"""Priorities: somebody may be waiting, or nobody is."""


def standing(needs_person: bool, wanted: int, pushed: int, odoo_id: int | None) -> str:
    """Return how a link with these values stands, as `Link.state` says it."""
    if needs_person:
        return "needs_you"
    if wanted > pushed:
        return "waiting"
    return "in_odoo" if odoo_id else "stays_here"


class LinkQuerySet(models.QuerySet["Link"]):
    def waiting(self) -> LinkQuerySet:
        """Return the links whose record has changes that Odoo has not got, and that nobody has to look at first."""
        return self.filter(wanted__gt=F("pushed"), needs_person=False)

    def due(self, now: datetime) -> LinkQuerySet:
        """Return the waiting links that are past their back-off, what somebody waits for before the backlog."""
        due = self.waiting().filter(Q(next_attempt_at=None) | Q(next_attempt_at__lte=now))
        return due.order_by("priority", "wanted_since", "pk")

    def free(self, now: datetime) -> LinkQuerySet:
        """Return the links that nobody holds a lease on."""
        return self.filter(Q(leased_until=None) | Q(leased_until__lte=now))

    def bound(self) -> LinkQuerySet:
        """Return the links whose Odoo has the record, or may have it: it was sent, or is being sent now."""
        sent = Q(odoo_id__isnull=False) | Q(sent__isnull=False) | ~Q(late=[])
        return self.filter(sent | Q(leased_until__gt=timezone.now()))

    def loose(self) -> LinkQuerySet:
        """Return the others: their Odoo has never been told of the record."""
        return self.free(timezone.now()).filter(odoo_id=None, sent__isnull=True, late=[])


class Link(models.Model):
    """One record of the clinic and its counterpart in one Odoo.

    `wanted` counts the changes taken in from the journal, `pushed` is the count that Odoo has. `agreed` holds the
    values that both sides last had in common, `sent` those of a request that was not answered yet: as long as it is
    set, whether Odoo has them is unknown. A link is worked on only under a lease.
    """

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="links")
    mapping = models.CharField(max_length=30)
    uid = models.UUIDField()
    odoo_id = models.PositiveBigIntegerField(null=True, blank=True)
    merged_into = models.PositiveBigIntegerField(null=True, blank=True, help_text="What it was merged into in Odoo.")
    wanted = models.PositiveIntegerField(default=0)
    pushed = models.PositiveIntegerField(default=0)
    wanted_since = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(null=True, blank=True, help_text="When it last changed in the clinic.")
    priority = models.PositiveSmallIntegerField(default=URGENT, help_text="0: somebody may be waiting; 1: backlog.")
    agreed = models.JSONField(null=True, blank=True)
    agreed_at = models.DateTimeField(null=True, blank=True)
    sent = models.JSONField(null=True, blank=True)
    late = models.JSONField(default=list, blank=True)
    """What was sent without an answer and was not found in Odoo afterwards: it may still arrive. Each is
    `{"at": ..., "sent": ...}`, the moment in seconds since 1970."""
    seen = models.CharField(max_length=64, blank=True, editable=False, help_text="Digest of what Odoo last answered.")
    lease = models.UUIDField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    needs_person = models.BooleanField(default=False)
    reason = SentenceField(blank=True)
    gone = models.BooleanField(default=False, help_text="It was deleted in Odoo.")
    adopted = models.BooleanField(default=False, help_text="It was in Odoo before: it has no external id of ours.")
    conflicts = models.JSONField(default=dict, blank=True)
    """Fields that both sides changed: Odoo's name -> {"ours": ..., "theirs": ...}, as plain values."""
    edited_by = models.CharField(max_length=80, blank=True, help_text="Who changed it in Odoo last.")
    edited_at = models.DateTimeField(null=True, blank=True, help_text="When, on Odoo's clock.")

    objects: ClassVar[Any] = LinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("connection", "mapping", "uid", name="one_link_per_record"),
            models.UniqueConstraint(
                "connection", "mapping", "odoo_id", condition=Q(odoo_id__isnull=False), name="one_link_per_odoo_record"
            ),
        ]
        indexes = [
            models.Index(
                *("connection", "mapping", "priority", "wanted_since"),
                condition=Q(wanted__gt=F("pushed")),
                name="link_waiting",
            ),
            models.Index("mapping", "uid", name="link_record"),
            models.Index("lease", name="link_lease"),
            models.Index("needs_person", condition=Q(needs_person=True), name="link_needs_person"),
        ]

    def __str__(self) -> str:
        return f"{self.mapping} {self.uid}"

    @property
    def state(self) -> str:
        """Return "needs_you", "waiting", "in_odoo", or "stays_here" for what does not belong in Odoo (yet)."""
        return standing(self.needs_person, self.wanted, self.pushed, self.odoo_id)


class Watch(models.Model):
    """What watches over a connection: how far the canary came last (see `canary`), and what the newest audit found."""

    connection = models.OneToOneField(Connection, models.CASCADE, primary_key=True, related_name="watch")
    begun_at = models.DateTimeField(default=timezone.now, help_text="From when on silence counts.")
    wished_at = models.DateTimeField(default=timezone.now, help_text="When beat last journalled a wish.")
    taken_at = models.DateTimeField(default=timezone.now, help_text="When a worker last took one in.")
    carried_at = models.DateTimeField(null=True, blank=True, help_text="When a worker set out for Odoo with it.")
    answered_at = models.DateTimeField(default=timezone.now, help_text="When Odoo last showed what it was given.")
    polled_at = models.DateTimeField(null=True, blank=True, help_text="When a pull last began because beat said so.")
    drift = models.PositiveIntegerField(null=True, blank=True, help_text="Records on which the two sides were apart.")
    audited_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"watch over {self.connection_id}"


class Seal(models.Model):
    """The key under which the timeline keeps the values of one record. Destroying it makes them unreadable for ever."""

    uid = models.UUIDField(unique=True)
    key = EncryptedField()

    def __str__(self) -> str:
        return f"the key of {self.uid}"


class Entry(models.Model):
    """One thing that happened to one record between the two sides. Written once, never changed.

    It names the fields; their values before and after are sealed, so that they can be erased without touching it.
    """

    class What(models.TextChoices):
        CREATED = "created", _("Created in Odoo")
        SENT = "sent", _("Sent to Odoo")
        FETCHED = "fetched", _("Taken over from Odoo")
        DONE = "done", _("Carried further in Odoo")
        CONFLICT = "conflict", _("Changed on both sides")
        REFUSED = "refused", _("Waits for a person")
        DECIDED = "decided", _("Decided")

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="entries")
    mapping = models.CharField(max_length=30)
    uid = models.UUIDField()
    odoo_id = models.PositiveBigIntegerField(null=True, blank=True)
    at = models.DateTimeField(default=timezone.now)
    what = models.CharField(max_length=8, choices=What.choices)
    actor = models.CharField(max_length=80, blank=True, help_text="Who did it, if not the sync by itself.")
    fields = models.JSONField(default=list)
    sealed = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "entries"
        ordering = ["at", "pk"]
        indexes = [models.Index("mapping", "uid", "at", name="entry_record")]

    def __str__(self) -> str:
        return f"{self.get_what_display()}: {self.mapping} {self.uid}"


def is_operator(user: Any) -> bool:
    """Tell whether a user may check, pause and resume connections."""
    return bool(getattr(user, "manages", False)) and user.is_authenticated
