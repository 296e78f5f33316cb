"""The jobs of one ads account: plan ahead, keep the slots full, poll, download, retry, split.

They are a state machine that only the engine's thread touches, so it needs no locks. Everything that blocks is handed
to workers, whose outcomes come back as calls on the same thread. This file keeps queues and slots; what an outcome
leads to is decided in `next_step.py`.

```
plan ─► ready ─► (slot) create ─► running ─► poll ─► SUCCESS and url ─► download and check ─► done
          ▲                          │                                       │
          └── later ◄── next_step ◄──┴──────────── any other outcome ◄───────┘
```
"""

from __future__ import annotations

import logging
import typing as t
from dataclasses import replace
from functools import partial

from tap_twitter_ads_async.errors import CredentialsRejected, Unavailable
from tap_twitter_ads_async.run.progress_line import AccountWork
from tap_twitter_ads_async.run.record import ADOPTED, CREATED, DOWNLOADED, ENDED
from tap_twitter_ads_async.singer.sdk_metrics import job_took
from tap_twitter_ads_async.stats.jobs.adoption import EarlierJobs
from tap_twitter_ads_async.stats.jobs.creation import Search, SlotsTakenUnsure, create_job
from tap_twitter_ads_async.stats.jobs.downloads import Downloads
from tap_twitter_ads_async.stats.jobs.events import (
    Fatal,
    JobStep,
    NotOfferedHere,
    Planned,
    Ready,
    TicketChanged,
)
from tap_twitter_ads_async.stats.jobs.executor import created_at
from tap_twitter_ads_async.stats.jobs.next_step import (
    Accept,
    By,
    GiveUpAccount,
    GiveUpStream,
    Lose,
    Retry,
    Skip,
    Split,
    Stop,
    WaitForSlot,
    next_step,
)
from tap_twitter_ads_async.stats.jobs.outcome import Delivered, Incomplete, Malformed, NoFile, Refused
from tap_twitter_ads_async.stats.jobs.planner import PLAN_AHEAD_TASKS, Planner
from tap_twitter_ads_async.stats.jobs.poller import Poller
from tap_twitter_ads_async.stats.jobs.queue import TaskQueue
from tap_twitter_ads_async.stats.jobs.quota_shares import Load
from tap_twitter_ads_async.stats.jobs.slots import Slots
from tap_twitter_ads_async.stats.jobs.standing import AccountStanding
from tap_twitter_ads_async.stats.jobs.tasks import Task, WindowJobs
from tap_twitter_ads_async.stats.plan.echo import contradiction
from tap_twitter_ads_async.stats.plan.tickets import Ticket
from tap_twitter_ads_async.stats.records.window_result import Answer, LostPiece

if t.TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tap_twitter_ads_async.api.client import JobPage, JobStatus
    from tap_twitter_ads_async.stats.jobs.next_step import Step
    from tap_twitter_ads_async.stats.jobs.outcome import Outcome
    from tap_twitter_ads_async.stats.jobs.resources import Resources
    from tap_twitter_ads_async.stats.plan.extraction import Extraction
    from tap_twitter_ads_async.stats.plan.spec import JobSpec, Window

logger = logging.getLogger("tap-twitter-ads-async.jobs")

PARALLEL_CREATIONS = 10


class AccountJobs:
    """One account's share of the engine; all methods run on the engine's thread."""

    def __init__(self, account_id: str, resources: Resources) -> None:
        self.account_id = account_id
        self._resources = resources
        self._planner = Planner(resources, self._planned)
        self._plan_until = 0  # so many tasks are takeable
        self._queue = TaskQueue(self._is_takeable)
        self._downloads = Downloads(resources, self._fetched)
        self._poller = Poller(account_id, resources, self)
        self._earlier = EarlierJobs(account_id, resources)
        self._creating = 0
        self._creations_overlap = False
        self._probing = False
        self._standing = AccountStanding()
        self._slots = Slots(resources.max_jobs)
        self._told_of_others = False
        self._given_up_because: str | None = None
        self._streams_given_up: dict[int, str] = {}
        self.jobs_done = 0

    # --- what the engine asks -----------------------------------------------------------------------------

    def add(self, number: int, extraction: Extraction) -> None:
        """Queue a stream for this account; they are planned and emitted in the order of their numbers."""
        self._planner.add(number, extraction)

    @property
    def idle(self) -> bool:
        """Whether there is nothing left to do."""
        waiting = self._planner.left or self._queue
        return not (waiting or self._poller.busy or self._creating or self._downloads.busy)

    @property
    def work(self) -> AccountWork:
        """What is left and what is done, for progress lines; read from another thread."""
        return AccountWork(
            unplanned=self._planner.left,
            waiting=len(self._queue),
            running=self._poller.tasks + self._creating + self._downloads.tasks,
            done=self.jobs_done,
            slots=self._slots.limit,
            job_seconds=self._poller.job_seconds,
        )

    def look(self, now: float) -> None:
        """Begin a turn: see what has waited long enough, and plan ahead."""
        self._queue.wake(now)
        self._lose_waiting()
        if self._queue.ready < PLAN_AHEAD_TASKS or self._queue.takeable < self._plan_until:
            self._planner.go_on()

    def step(self, now: float) -> float:
        """Start whatever can be started; return the monotonic second at which to look again."""
        self._create()
        self._look_again()
        return min(self._poller.step(now), self._downloads.step(now), self._queue.wakes_at)

    # --- without a job ---------------------------------------------------------------------------------------

    def _is_takeable(self, task: Task) -> bool:
        return not task.only_jobs and self._resources.executor.takes(task.spec)

    @property
    def takeable(self) -> int:
        """How many waiting tasks could be asked for now."""
        head = self._queue.takeable_head
        if head is None or self._earlier.pending or not self._resources.may_work_ahead(head.order):
            return 0
        return self._queue.takeable

    @property
    def load(self) -> Load:
        """What there is to do."""
        jobs = self._poller.tasks + self._creating + self._downloads.jobs
        tasks = len(self._queue) + jobs + self._planner.expected_tasks
        return Load(tasks, self.takeable, self._slots.limit)

    def knows_its_work(self, enough: int) -> bool:
        """Whether all its work is known, or much of it and so many takeable tasks that no more could be asked for."""
        planned_ahead = self._queue.ready >= PLAN_AHEAD_TASKS and self._queue.takeable >= enough
        looks_back = self._earlier.pending and self._queue.ready > 0
        return not looks_back and not self._planner.busy and (planned_ahead or not self._planner.left)

    def hold(self, share: int, enough: int) -> None:
        """Keep so many takeable tasks from becoming jobs, and plan ahead until so many are known."""
        self._queue.held, self._plan_until = share, enough

    def ask_at_once(self, share: int) -> None:
        """Have so many takeable tasks answered without a job, those first whose records are due first."""
        while share:
            task = self._queue.takeable_head
            if task is None or not self._resources.may_work_ahead(task.order):
                return
            self._queue.pop_takeable()
            if not self._offered(task):
                self._done(task)
            elif not self._adopt(task):
                self._answer_at_once(task)
                share -= 1

    def _answer_at_once(self, task: Task) -> None:
        """Have a task answered without a job, once; where that cannot be, leave it to a job."""
        fetch = self._resources.executor.at_once(task.spec)
        task.only_jobs = True
        if fetch is None:
            self._queue.put(task)
            return
        task.created = self._resources.clock.monotonic()
        task.adopted, task.expired = True, True  # a find as well: tried once, and if it fails a job can do it
        self._downloads.add(task, fetch)

    # --- planning ------------------------------------------------------------------------------------------

    def _planned(self, number: int, extraction: Extraction, windows: list[Window]) -> None:
        self._standing.served_before(number, extraction.served)
        self._earlier.expect(extraction)
        runs = [WindowJobs(extraction, i, window) for i, window in enumerate(windows)]
        self._resources.tell(Planned(extraction, len(runs)))
        for run in runs:
            tasks = list(_tasks_of(number, run))
            run.pending = len(tasks)
            for task in tasks:
                if not self._adopt(task):
                    self._queue.put(task)
            self._settle(run)
        self._earlier.log()

    # --- jobs of earlier runs ------------------------------------------------------------------------------

    def _adopt(self, task: Task) -> bool:
        """Take up the job that an earlier run left for a task, if there is one that serves."""
        ticket = self._earlier.find(task, self._poller.known_jobs)
        if ticket is None:
            return False
        logger.debug("Job %s of an earlier run is taken up again: %s", ticket.job_id, task.spec)
        self._earlier.took_up(ticket.job_id)
        task.adopted = True
        self._begin(task, ticket, ADOPTED)
        return True

    # --- creating ------------------------------------------------------------------------------------------

    def _slots_taken(self) -> int:
        return self._poller.slots_taken + self._creating

    def _create(self) -> None:
        if self._queue.ready:
            self._earlier.look()
        self._start_jobs()
        self._earlier.log()

    def _start_jobs(self) -> None:
        while not self._earlier.pending and self._creating < PARALLEL_CREATIONS:
            task = self._queue.head
            if task is None or not self._resources.may_work_ahead(task.order):
                return
            if self._set_apart(task):
                self._queue.pop()
            elif not self._offered(task):
                self._done(self._queue.pop())
            elif self._adopt(task):
                self._queue.pop()
            elif self._slots_taken() < self._slots.limit:
                self._submit(self._queue.pop())
            else:
                return

    def _offered(self, task: Task) -> bool:
        """Reduce a task to what the account offers; return whether anything is left of it."""
        spec = self._standing.offered(task.order[0], task.spec)
        task.spec = spec or task.spec
        return spec is not None

    def _set_apart(self, task: Task) -> bool:
        """Cut a task in two where entities that fail on and on would spoil the job of others."""
        parts = task.set_apart(self._standing.failing(task.order[0]))
        if parts:
            self._put_parts(task, parts)
        return bool(parts)

    def _submit(self, task: Task) -> None:
        self._creating += 1
        resources = self._resources
        window = task.run.window
        corrected = not window.corrected.isdisjoint(task.spec.entity_ids)
        search = Search(frozenset(self._poller.known_jobs), window.as_of, task.unsure_since, corrected)
        work = partial(
            create_job, resources.executor, resources.clock, task.spec, search, pause=resources.pauses.creation
        )
        resources.workers.submit(work, partial(self._created, task), partial(self._refused, task))

    def _created(self, task: Task, job: JobStatus) -> None:
        self._creating -= 1
        self._creations_overlap = True
        task.unsure_since = None
        if job.job_id in self._poller.known_jobs:  # found by two tasks that ask the same: it serves the first
            self._queue.put(task)
            return
        wrong = contradiction(job.raw, task.spec) or contradiction(job.asked, task.spec)
        if wrong is not None:
            self._poller.abandon(job.job_id)
            self.ended(task, Malformed(f"job {job.job_id} was created with other parameters: {wrong}"))
            return
        self._standing.accepted(task.order[0], task.spec)
        self._begin(task, Ticket(job.job_id, created_at(job)), CREATED)

    def _begin(self, task: Task, ticket: Ticket, step: str) -> None:
        """Wait for a task's job, new or of an earlier run."""
        task.run.tickets.append(task.ticket_name)
        self._resources.tell(TicketChanged(task.run.extraction, task.ticket_name, ticket))
        self._poller.start(task, ticket.job_id)
        self._tell(task, step)

    def _refused(self, task: Task, error: Exception) -> None:
        self._creating -= 1
        task.unsure_since = error.since if isinstance(error, SlotsTakenUnsure) else None
        self.ended(task, Refused(error))

    def _wait_for_slot(self, task: Task) -> None:
        """Other clients hold slots of this account: work with what is left, and look again at the next poll."""
        self._queue.put(task)
        self._slots.refused(self._poller.slots_taken)
        level = logging.DEBUG if self._told_of_others else logging.INFO
        self._told_of_others = True
        words = "Account %s: other clients hold job slots; going on with %d of %d"
        logger.log(level, words, self.account_id, self._slots.limit, self._resources.max_jobs)

    def _look_again(self) -> None:
        """Try a single job after a while, when no slot is left and no poll will report a free one."""
        stuck = self._queue.head and not self._creating and not self._poller.polls and self._slots.limit == 0
        if stuck and not self._probing:
            self._probing = True
            self._resources.call_later(self._slots.probe_pause(), self._probe)

    def _probe(self) -> None:
        self._probing = False
        self._slots.probe()

    # --- what the poller reports ------------------------------------------------------------------------------

    def delivered(self, task: Task, url: str) -> None:
        """Fetch a task's result."""
        self._tell(task, ENDED)

        def fetch(path: Path) -> None:
            self._resources.executor.fetch(url, path)

        self._downloads.add(task, fetch)

    def let_go(self, task: Task, word: str) -> None:
        """Drop the ticket of a task's job."""
        self._tell(task, word)
        self._resources.tell(TicketChanged(task.run.extraction, task.ticket_name, None))

    def asking(self) -> None:
        """Note whether a creation is under way, which the server's answer may count or not."""
        self._creations_overlap = self._creating > 0

    def polled(self, page: JobPage) -> None:
        """Work with the slots that other clients of the account leave; without word of them, probe upward."""
        sure = self._creating == 0 and not self._creations_overlap
        self._slots.told(page, self._poller.slots_taken, self._resources.clock.monotonic(), sure=sure)

    def poll_failed(self, error: Exception) -> None:
        """Go on asking, unless the account itself is out of reach."""
        if isinstance(error, CredentialsRejected):
            self._resources.tell(Fatal(error))
            return
        self._standing.poll_failed()
        logger.warning("Account %s: polling failed: %s", self.account_id, error)
        if self._standing.hopeless or not isinstance(error, Unavailable):
            self._give_up_account(str(error))

    def _fetched(self, task: Task, outcome: Outcome) -> None:
        if isinstance(outcome, (NoFile, Malformed)) and task.job_id:
            self.let_go(task, "no result file")
        self.ended(task, outcome)

    # --- outcomes and steps --------------------------------------------------------------------------------

    def ended(self, task: Task, outcome: Outcome) -> None:
        """Do what follows from what came of an attempt."""
        if not isinstance(outcome, Refused):
            self._note(task, outcome)
        self._standing.ended(task, outcome)
        step = next_step(task.attempt(), outcome, self._standing.of(task.order[0]))
        if not isinstance(step, Accept):
            task.forget_job()
        self._take(task, step, outcome)

    def _take(self, task: Task, step: Step, outcome: Outcome) -> None:  # noqa: C901 - a table
        if isinstance(step, Accept):
            self._accept(task, step)
        elif isinstance(step, Retry):
            self._retry(task, step)
        elif isinstance(step, Split):
            self._split(task, step)
        elif isinstance(step, Lose):
            self._lose(task, step.words)
        elif isinstance(step, WaitForSlot):
            self._wait_for_slot(task)
        elif isinstance(step, Stop):
            self._resources.tell(Fatal(step.error))
        elif isinstance(step, GiveUpStream):
            self._give_up_stream(task.order[0], step.words)
            self._lose(task, step.words)
        elif isinstance(step, GiveUpAccount):
            self._give_up_account(step.words)
            self._lose(task, step.words)
        elif isinstance(outcome, Refused):
            self._skip(task, step, outcome.error)

    def _note(self, task: Task, outcome: Outcome) -> None:
        """Measure how long a job took."""
        has_file = isinstance(outcome, (Delivered, Incomplete))
        job_took(
            self._resources.clock.monotonic() - task.created,
            stream=task.run.extraction.definition.name,
            entity=task.spec.entity,
            account_id=self.account_id,
            succeeded=has_file,
        )

    def _accept(self, task: Task, step: Accept) -> None:
        if task.job_id:
            self._tell(task, DOWNLOADED, step.file.size)
        self.jobs_done += 1
        self._standing.answered(task.order[0], task.spec)
        missing = step.ask_again or step.leave_open
        if len(missing) < len(task.spec.entity_ids):
            task.run.answers.setdefault(task.group, []).append(Answer(task.spec, step.file))
        else:
            self._resources.spool.discard([step.file])
        if missing:
            self._ask_again(task, step, replace(task.spec, entity_ids=missing))
        self._done(task)

    def _ask_again(self, task: Task, step: Accept, spec: JobSpec) -> None:
        """Ask once more for ids that an answer left out; what is left out twice stays open."""
        words = f"the result leaves out {', '.join(spec.entity_ids)}, which it was asked for"
        if step.leave_open:
            task.run.lost.append(LostPiece(spec, words))
            return
        logger.warning("Asking again: %s: %s", task.spec, words)
        task.run.pending += 1
        self._queue.put(task.part(spec, asked_again=True))

    def _retry(self, task: Task, step: Retry) -> None:
        if not step.spent:
            logger.info("Another job is made: %s: %s", task.spec, step.words)
            self._queue.put(task)
            return
        task.failures += 1
        logger.warning("Retrying the job: %s: %s", task.spec, step.words)
        self._queue.put_later(task, self._resources.clock.monotonic() + self._resources.pauses.job)

    def _split(self, task: Task, step: Split) -> None:
        if step.by is By.METRIC_GROUPS:
            logger.info("Asking for the metric groups one by one: %s: %s", task.spec, step.words)
        else:
            logger.warning("Splitting the job in two: %s: %s", task.spec, step.words)
        parts = task.split(step.by)
        task.run.splits += 1
        self._put_parts(task, parts)

    def _put_parts(self, task: Task, parts: list[Task]) -> None:
        task.run.pending += len(parts) - 1
        for part in parts:
            self._queue.put(part)

    def _skip(self, task: Task, step: Skip, error: Exception) -> None:
        """Leave out what this account or API version does not offer."""
        self._standing.leave_out(task.order[0], step.name)
        self._resources.tell(NotOfferedHere(task.run.extraction, step.words, error, whole=not step.name))
        self._done(task)

    def _lose(self, task: Task, words: str) -> None:
        task.run.lost.append(LostPiece(task.spec, words))
        self._done(task)

    def _give_up_account(self, words: str) -> None:
        """Lose everything that is left of this account in this run; it stays open for the next."""
        dropped = self._downloads.drop()
        for task in dropped:
            if not task.job_id:
                self._resources.executor.withdraw()
        for task in [*dropped, *self._poller.drop()]:
            self._lose(task, words)
        self._planner.give_up(words)
        self._given_up_because = words
        self._lose_waiting()

    def _give_up_stream(self, number: int, words: str) -> None:
        """Lose what waits of a stream in this run; its jobs under way go on."""
        self._standing.give_up(number)
        self._streams_given_up[number] = words
        self._lose_waiting()

    def _lose_waiting(self) -> None:
        """Lose what waits of what is given up, and what comes back from a worker to wait again."""
        if self._given_up_because is not None:
            for task in self._queue.drop():
                self._lose(task, self._given_up_because)
        elif self._streams_given_up:
            for task in self._queue.drop(self._streams_given_up):
                self._lose(task, self._streams_given_up[task.order[0]])

    def _tell(self, task: Task, step: str, size: int = 0) -> None:
        """Tell what happened to a task's job."""
        now = self._resources.clock.now()
        self._resources.tell(JobStep(task.run.extraction, task.job_id, step, now, task.failures + 1, size))

    def _done(self, task: Task) -> None:
        task.run.pending -= 1
        self._settle(task.run)

    def _settle(self, run: WindowJobs) -> None:
        if run.pending == 0:
            self._resources.tell(Ready(run.result()))


def _tasks_of(number: int, run: WindowJobs) -> Iterable[Task]:
    places = ((g, spec) for g, group in enumerate(run.window.groups) for spec in group.specs)
    for i, (group, spec) in enumerate(places):
        yield Task(spec, run, group, (number, run.index, i))
