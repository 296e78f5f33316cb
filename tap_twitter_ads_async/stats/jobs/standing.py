"""How an account and its streams have fared in this run: what was served, accepted, refused and left out."""

from __future__ import annotations

import typing as t
from collections import Counter, defaultdict
from dataclasses import replace

from tap_twitter_ads_async.errors import AccountUnreadable, Unavailable
from tap_twitter_ads_async.stats.jobs.next_step import HOPELESS_FAILURES, Standing
from tap_twitter_ads_async.stats.jobs.outcome import Delivered, Incomplete, Refused

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_twitter_ads_async.stats.jobs.outcome import Outcome
    from tap_twitter_ads_async.stats.jobs.tasks import Task
    from tap_twitter_ads_async.stats.plan.spec import JobSpec


class AccountStanding:
    """What `next_step.py` has to know of an account besides the attempt. Streams go by their numbers in the engine."""

    def __init__(self) -> None:
        self._served: dict[int, set[str]] = defaultdict(set)
        self._skipped: dict[int, set[str]] = defaultdict(set)
        self._accepted: set[int] = set()
        self._ids_refused = 0
        # Since the last success, which is for creations that a job was created, else that one was answered:
        self._polls_failed = 0
        self._creations_failed: Counter[int] = Counter()
        self._entities_failed: dict[int, set[str]] = defaultdict(set)
        self._given_up: set[int] = set()
        self._failures: dict[int, Counter[str]] = defaultdict(Counter)  # of entities, each since its last success

    def of(self, number: int) -> Standing:
        """Return how the account and one stream stand."""
        return Standing(
            served=frozenset(self._served[number]),
            accepted=number in self._accepted,
            account_accepted=bool(self._accepted),
            failed_in_a_row=self._creations_failed[number] + len(self._entities_failed[number]),
            given_up=len(self._given_up - {number}),
            ids_refused=self._ids_refused,
            failing=self.failing(number),
        )

    @property
    def hopeless(self) -> bool:
        """Whether the account's jobs could not be asked for so often that it is given up."""
        return self._polls_failed >= HOPELESS_FAILURES

    def failing(self, number: int) -> frozenset[str]:
        """Return the entities of a stream that have failed on and on."""
        return frozenset(name for name, count in self._failures[number].items() if count >= HOPELESS_FAILURES)

    def served_before(self, number: int, names: Iterable[str]) -> None:
        """Note the placements and metric groups that an earlier run was served."""
        self._served[number] |= set(names)

    def accepted(self, number: int, spec: JobSpec) -> None:
        """Note that a job was created for a spec."""
        self._accepted.add(number)
        self._creations_failed.clear()
        self._serve(number, spec)

    def answered(self, number: int, spec: JobSpec) -> None:
        """Note an answer, also one of an earlier run's job or of the synchronous endpoint."""
        self._polls_failed = 0
        for failed in (self._creations_failed, self._entities_failed, self._given_up):
            failed.clear()
        for entity_id in spec.entity_ids:
            self._failures[number].pop(entity_id, None)
        self._serve(number, spec)

    def ended(self, task: Task, outcome: Outcome) -> None:
        """Note what an attempt says about the account, if anything."""
        number, (entity_id, *others) = task.order[0], task.spec.entity_ids
        if isinstance(outcome, Refused):
            self._ids_refused += isinstance(outcome.error, AccountUnreadable) and not others
            self._creations_failed[number] += isinstance(outcome.error, Unavailable)
        if _blames_the_entity(outcome, task):
            self._entities_failed[number].add(entity_id)
            self._failures[number][entity_id] += 1

    def give_up(self, number: int) -> None:
        """Note that a stream was given up."""
        self._given_up.add(number)

    def poll_failed(self) -> None:
        """Note that the account's jobs could not be asked for."""
        self._polls_failed += 1

    def leave_out(self, number: int, name: str) -> None:
        """Note a placement or metric group that a stream does without, or with an empty name all of it."""
        self._skipped[number].add(name)

    def offered(self, number: int, spec: JobSpec) -> JobSpec | None:
        """Return what is left of a spec, None where nothing is."""
        skipped = self._skipped[number]
        groups = tuple(group for group in spec.metric_groups if group not in skipped)
        if not groups or "" in skipped or spec.placement in skipped:
            return None
        return spec if groups == spec.metric_groups else replace(spec, metric_groups=groups)

    def _serve(self, number: int, spec: JobSpec) -> None:
        self._served[number] |= {spec.placement, *spec.metric_groups}


def _blames_the_entity(outcome: Outcome, task: Task) -> bool:
    """Whether an outcome says something about an entity: what smaller pieces may cure does not."""
    if isinstance(outcome, Refused):
        return isinstance(outcome.error, Unavailable) and not task.spec.can_be_cut
    return not (isinstance(outcome, (Delivered, Incomplete)) or task.adopted or task.spec.can_be_cut)
