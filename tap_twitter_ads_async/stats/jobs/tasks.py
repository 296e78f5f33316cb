"""Work in progress: a window on its way from plan to files, and the tasks it is made of.

A task is one job spec that must be satisfied, by whatever number of attempts. Splitting replaces a task by two; the
window is ready when none of its tasks is left.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from tap_twitter_ads_async.stats.jobs.next_step import Attempt, By
from tap_twitter_ads_async.stats.plan.tickets import ticket_name
from tap_twitter_ads_async.stats.records.window_result import Answer, LostPiece, WindowResult

if t.TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from tap_twitter_ads_async.stats.plan.extraction import Extraction
    from tap_twitter_ads_async.stats.plan.spec import JobSpec, Window

MAX_SPLITS_AGAIN = 10
"""So often what failed in an earlier run is cut in this one: enough to find one rotten day of one entity among
thousands, once the others are well."""
Order = tuple[int, int, int]
"""Number of the extraction, of the window in it, and of the task in that: the order of emission."""


@dataclass(eq=False, slots=True)
class WindowJobs:
    """A window being extracted; nobody but the engine's thread sees it.

    Attributes:
        extraction: The stream and account it belongs to.
        index: Its number in the extraction's plan.
        window: What is asked for.
        answers: The answers so far, by number of the group.
        lost: Pieces that failed for good.
        pending: Tasks not yet done.
        tickets: Names of tickets that the window's commit drops.
        splits: How often a spec of it was cut.
    """

    extraction: Extraction
    index: int
    window: Window
    answers: dict[int, list[Answer]] = field(default_factory=dict)
    lost: list[LostPiece] = field(default_factory=list)
    pending: int = 0
    tickets: list[str] = field(default_factory=list)
    splits: int = 0

    @property
    def may_split(self) -> bool:
        """Whether its specs may be cut further: what failed before must not cost more jobs from run to run."""
        return not self.window.failed_before or self.splits < MAX_SPLITS_AGAIN

    def result(self) -> WindowResult:
        """Return what came of it."""
        answers = tuple(tuple(self.answers.get(number, ())) for number in range(len(self.window.groups)))
        return WindowResult(self.extraction, self.index, self.window, answers, tuple(self.lost), tuple(self.tickets))


@dataclass(eq=False, slots=True)
class Task:
    """One spec to satisfy.

    Attributes:
        spec: What to ask for.
        run: The window it belongs to.
        group: Number of its group.
        order: When its records are due.
        job_id: The job that works on it, once there is one.
        adopted: Whether that job was created by an earlier run.
        created: Monotonic second of the job's creation or adoption.
        failures: Attempts that failed.
        asked_again: Whether it asks for what an earlier answer left out.
        unlisted: Polls in a row whose answer lacked the job.
        downloads: Attempts to fetch its file.
        expired: Whether, by the API's clock, its file is gone; what we know of that clock may be off.
        unsure_since: When a creation was sent whose fate is unknown, None where there is none.
        only_jobs: Whether no other way than a job is left.
    """

    spec: JobSpec
    run: WindowJobs
    group: int
    order: Order
    job_id: str = ""
    adopted: bool = False
    created: float = 0.0
    failures: int = 0
    asked_again: bool = False
    unlisted: int = 0
    downloads: int = 0
    expired: bool = False
    unsure_since: datetime | None = None
    only_jobs: bool = False

    @property
    def ticket_name(self) -> str:
        """Name of its job's ticket."""
        return ticket_name(self.spec, self.run.window)

    def attempt(self) -> Attempt:
        """Return what the next step depends on."""
        return Attempt(self.spec, self.adopted, self.failures, self.asked_again, may_split=self.run.may_split)

    def split(self, by: By) -> list[Task]:
        """Return tasks that together do the same, none where it cannot be cut."""
        if by is By.METRIC_GROUPS:
            specs = [replace(self.spec, metric_groups=(group,)) for group in self.spec.metric_groups]
        else:
            specs = list(self.spec.halve() or ())
        return [self.part(spec) for spec in specs]

    def set_apart(self, failing: Collection[str]) -> list[Task]:
        """Return a task without some entities and one for them, none unless it is about them and about others.

        Args:
            failing: Entities that would spoil the job of the others.
        """
        theirs = tuple(i for i in self.spec.entity_ids if i in failing)
        others = tuple(i for i in self.spec.entity_ids if i not in failing)
        return [self.part(replace(self.spec, entity_ids=ids)) for ids in (others, theirs)] if theirs and others else []

    def part(self, spec: JobSpec, *, asked_again: bool = False) -> Task:
        """Return a task for a part of the spec."""
        return Task(spec, self.run, self.group, self.order, asked_again=asked_again or self.asked_again)

    def forget_job(self) -> None:
        """Let go of the job, to create another."""
        self.job_id, self.adopted, self.expired, self.unlisted, self.downloads = "", False, False, 0, 0
