"""Things that go wrong on demand: which request, how often, and how."""

from __future__ import annotations

import json
import threading
import typing as t
from dataclasses import asdict, dataclass, field, fields

from tap_twitter_ads_async.simulator.garble import KINDS
from tap_twitter_ads_async.simulator.hashing import share
from tap_twitter_ads_async.simulator.untruths import KINDS as UNTRUTHS

REQUEST_ACTIONS = ("error", "drop_before", "drop_after", "hang", "hang_after", "slow")
JOB_ACTIONS = ("job_fail", "job_hang", "job_hide", "job_no_url", "job_slow", "job_url", "untrue")
FILE_ACTIONS = ("truncate", "corrupt", "cut", "expired")
ANSWER_ACTIONS = ("unknown_fields", "foreign_jobs", "garble", "leave_out", "no_figures")


@dataclass
class Fault:
    """One planned mishap.

    The text form is `<target>: <key>=<value> ...`, such as `POST stats/jobs: status=503 times=3` or
    `GET file: action=truncate times=1`; the JSON form is an object with these fields.
    """

    on: str = "*"
    """`METHOD route` (`POST stats/jobs`, `GET active_entities`, `GET file`, `GET campaigns`), `* route`, or `*`."""
    action: str = "error"
    """What happens.

    For any request: `error`, an answer with `status`; `drop_before` and `drop_after`, the connection breaks before or
    after the request took effect; `hang` and `hang_after`, the same after `seconds` without an answer; `slow`, the
    body trickles over `seconds`; `unknown_fields`, metrics and fields that nobody documented; `garble`, a complete
    answer with odd text, figures or cursors, by `kind` (see `garble.py`).
    For reach: `leave_out`, the entity `containing` is not in the answer, or (`kind=refused`) the request that names it
    is refused; `no_figures`, its row is there, with other figures than documented, by `kind` (see `reach.py`).
    For new jobs, whatever `on` says: `job_fail`; `job_hang`, never done; `job_slow`, takes `seconds` more; `job_hide`,
    absent from `polls` listings; `job_no_url`, success without url for `polls` listings.
    Likewise `untrue`, a readable file that does not answer the question, by `kind` (see `untruths.py`), for the entity
    `containing` if given (`on` `GET stats`: such an answer of the synchronous endpoint, and no job); and `job_url`, an
    url by `kind`: `glued`, two in one, or `own_host`, on the API's own host.
    For `GET file`: `truncate`; `corrupt`; `cut`, the connection breaks in the middle of the body; `expired`.
    For the account: `foreign_jobs`, other clients hold `jobs` slots while `times` requests about jobs are made.
    """
    account: str | None = None
    times: int | None = 1
    """How many matching requests it hits; null: all."""
    skip: int = 0
    """How many matching requests pass before the first is hit."""
    every: int = 1
    """Hits only every n-th matching request after those skipped."""
    chance: float = 1.0
    """Hits only this share of the requests that would be hit, by hash of `seed` and their number."""
    seed: int = 0
    status: int = 503
    body: str = "json"
    """`json`, `html` or `empty`."""
    code: str | None = None
    """The API's error code; default: the documented one of the status."""
    message: str | None = None
    retry_after: float | None = None
    account_reset: float | None = None
    """Seconds from now for `x-account-rate-limit-reset`."""
    user_reset: float | None = None
    """Seconds from now for `x-rate-limit-reset`."""
    seconds: float = 5.0
    polls: int = 1
    jobs: int = 0
    kind: str = ""
    """For `garble`: what is odd."""
    above: int = 0
    """For `job_fail` and `job_hang`: hits only jobs of more than so many ids times buckets."""
    entity: str | None = None
    """For job actions: hits only this entity type."""
    containing: str | None = None
    """For job actions, `leave_out` and `no_figures`: hits only requests for this entity id."""
    group: str | None = None
    """For job actions: hits only jobs that ask for this metric group."""
    ending_by: str | None = None
    """For job actions: hits only jobs whose range is over by this moment (`2026-03-04T08:00:00Z`)."""
    naming: str | None = None
    """For request actions: hits only requests whose `entity_ids` name this id."""
    seen: int = field(default=0, compare=False)
    hits: int = field(default=0, compare=False)

    def matches(self, method: str, route: str, account_id: str) -> bool:
        """Tell whether a request is one that this fault waits for.

        Args:
            method: HTTP method.
            route: Path without ids.
            account_id: Ads account, empty if the request is about none.
        """
        if self.account not in {None, account_id}:
            return False
        if self.on == "*":
            return True
        verb, _, name = self.on.partition(" ")
        return verb in {"*", method} and name == route

    def fire(self) -> bool:
        """Count a matching request and tell whether it is hit."""
        if self.times is not None and self.hits >= self.times:
            return False
        self.seen += 1
        turn = self.seen - self.skip - 1
        if turn < 0 or turn % self.every:
            return False
        if self.chance < 1 and share("fault", self.seed, self.on, self.action, turn) >= self.chance:
            return False
        self.hits += 1
        return True


class FaultPlan:
    """The faults in force; the first that matches and fires wins."""

    def __init__(self, faults: t.Iterable[Fault] = ()) -> None:
        self._lock = threading.Lock()
        self._faults = list(faults)

    def add(self, fault: Fault) -> None:
        """Plan one more."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Let everything go right again."""
        with self._lock:
            self._faults.clear()

    def as_json(self) -> list[dict[str, t.Any]]:
        """Return the plan with its counts."""
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def take(
        self, actions: t.Collection[str], method: str, route: str, account_id: str = "", ids: str = ""
    ) -> Fault | None:
        """Return the fault that hits this request, if one does.

        Args:
            actions: Actions that fit the moment.
            method: HTTP method.
            route: Path without ids.
            account_id: Ads account, empty if the request is about none.
            ids: Ids in the request, comma-separated.
        """
        named = frozenset(ids.split(","))
        return self.take_if(
            actions,
            lambda fault: fault.matches(method, route, account_id) and (fault.naming is None or fault.naming in named),
        )

    def take_if(self, actions: t.Collection[str], condition: t.Callable[[Fault], bool]) -> Fault | None:
        """Return the first fault of these actions that meets a condition and fires."""
        with self._lock:
            for fault in self._faults:
                if fault.action in actions and condition(fault) and fault.fire():
                    return fault
        return None

    def standing(self, action: str, account_id: str) -> Fault | None:
        """Return a fault that describes a state rather than an event, without counting."""
        with self._lock:
            found = (f for f in self._faults if f.action == action and f.account in {None, account_id})
            return next(found, None)


def parse_fault(text: str) -> Fault:
    """Read a fault from its text form or from JSON.

    Raises:
        ValueError: Unknown keys, ill-typed values, or an unknown action.
    """
    text = text.strip()
    if text.startswith("{"):
        return fault_from(json.loads(text))
    target, _, rest = text.partition(":")
    body: dict[str, t.Any] = {"on": target.strip()}
    for word in rest.split():
        key, _, value = word.partition("=")
        try:
            body[key] = json.loads(value)
        except ValueError:
            body[key] = value
    return fault_from(body)


def fault_from(body: dict[str, t.Any]) -> Fault:
    """Build a fault from a JSON object.

    Raises:
        ValueError: Unknown keys or an unknown action.
    """
    known = {item.name for item in fields(Fault)} - {"seen", "hits"}
    unknown = sorted(set(body) - known)
    if unknown:
        raise ValueError(f"unknown fault keys {', '.join(unknown)}; allowed: {', '.join(sorted(known))}")
    fault = Fault(**body)
    actions = (*REQUEST_ACTIONS, *JOB_ACTIONS, *FILE_ACTIONS, *ANSWER_ACTIONS)
    if fault.action not in actions:
        raise ValueError(f"unknown fault action {fault.action}; allowed: {', '.join(actions)}")
    if fault.action == "untrue" and fault.kind not in UNTRUTHS:
        raise ValueError(f"unknown kind {fault.kind!r} of untrue; allowed: {', '.join(UNTRUTHS)}")
    if fault.action == "garble" and fault.kind not in KINDS:
        raise ValueError(f"unknown kind {fault.kind!r} of garble; allowed: {', '.join(KINDS)}")
    return fault
