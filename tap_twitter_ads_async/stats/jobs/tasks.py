"""Work in progress: a window on its way from plan to files, and the tasks it is made of.

A task is one job spec that must be satisfied, by whatever number of attempts. Splitting replaces a task by two; the
window is ready when none of its tasks is left.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

if t.TYPE_CHECKING:
    from collections.abc import Collection

    from tap_twitter_ads_async.stats.jobs.spool import SpooledFile
    from tap_twitter_ads_async.stats.plan.extraction import Extraction
    from tap_twitter_ads_async.stats.plan.spec import Group, JobSpec, Window

Order = tuple[int, int, int]
"""Number of the extraction, of the window in it, and of the task in that: the order of emission."""


@dataclass(frozen=True, slots=True)
class LostPiece:
    """A spec that could not be had.

    Attributes:
        spec: The smallest piece that failed.
        error: The API's words.
    """

    spec: JobSpec
    error: str


@dataclass(eq=False, slots=True)
class WindowJobs:
    """A window being extracted.

    Attributes:
        extraction: The stream and account it belongs to.
        index: Its number in the extraction's plan.
        window: What is asked for.
        files: Per group and partition, the results: usually one, more where a job was split.
        lost: Pieces that failed for good.
        pending: Tasks not yet done.
        job_digests: Digests of tickets that the window's commit drops.
    """

    extraction: Extraction
    index: int
    window: Window
    files: dict[tuple[int, int], list[tuple[JobSpec, SpooledFile]]] = field(default_factory=dict)
    lost: list[LostPiece] = field(default_factory=list)
    pending: int = 0
    job_digests: list[str] = field(default_factory=list)

    def group_files(self, group: Group) -> list[list[tuple[JobSpec, SpooledFile]]]:
        """Return the results of one group, partition by partition."""
        number = self.window.groups.index(group)
        return [self.files.get((number, p), []) for p in range(len(group.specs))]

    def all_files(self) -> list[SpooledFile]:
        """Return every result file of the window."""
        return [file for results in self.files.values() for _, file in results]


def inherited_job(extraction: Extraction, spec: JobSpec, taken: Collection[str]) -> str | None:
    """Return the job that an earlier run left for a spec, by the tickets in the state.

    Args:
        extraction: What the spec is part of.
        spec: What is to be asked for.
        taken: Ids of jobs that serve other specs.
    """
    job_id = extraction.inherited_jobs.get(spec.digest())
    return None if job_id in taken else job_id


@dataclass(eq=False, slots=True)
class Task:
    """One spec to satisfy.

    Attributes:
        spec: What to ask for.
        run: The window it belongs to.
        place: Number of its group and of its metric-group partition.
        order: When its records are due.
        job_id: The job that works on it, once there is one.
        adopted: Whether that job was created by an earlier run.
        created: Monotonic second of the job's creation or adoption.
        failures: Attempts that failed.
        unlisted: Polls in a row whose answer lacked the job.
        downloads: Attempts to fetch its file.
        expired: Whether, by our clock, its file is gone; the server's clock may say otherwise.
    """

    spec: JobSpec
    run: WindowJobs
    place: tuple[int, int]
    order: Order
    job_id: str = ""
    adopted: bool = False
    created: float = 0.0
    failures: int = 0
    unlisted: int = 0
    downloads: int = 0
    expired: bool = False

    def split(self) -> list[Task]:
        """Return two tasks that together do the same, none where it cannot be cut."""
        halves = self.spec.halve()
        return [Task(half, self.run, self.place, self.order) for half in halves] if halves else []

    def forget_job(self) -> None:
        """Let go of the job, to create another."""
        self.job_id, self.adopted, self.expired, self.unlisted, self.downloads = "", False, False, 0, 0
