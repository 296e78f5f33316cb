"""The analytics endpoints: jobs, active entities, synchronous statistics, reach, auction insights."""

from __future__ import annotations

import typing as t

from tap_twitter_ads_async.simulator.calls import Answer, Call
from tap_twitter_ads_async.simulator.clock import iso
from tap_twitter_ads_async.simulator.errors import Refusal, invalid, missing
from tap_twitter_ads_async.simulator.faults import JOB_ACTIONS
from tap_twitter_ads_async.simulator.reach import ODD_FIGURES, reach_of
from tap_twitter_ads_async.simulator.results import stats_body
from tap_twitter_ads_async.simulator.rules import (
    FEED_ENTITIES,
    FEED_FILTERS,
    GRANULARITIES,
    MAX_ENTITY_IDS,
    MAX_IDS,
)
from tap_twitter_ads_async.simulator.stats_request import StatsRules, feed_window, not_available, reach_window
from tap_twitter_ads_async.simulator.truth import delay_of
from tap_twitter_ads_async.simulator.untruths import untrue

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.simulator.entities import Account, Node
    from tap_twitter_ads_async.simulator.faults import Fault, FaultPlan
    from tap_twitter_ads_async.simulator.jobs import Job, JobBoard
    from tap_twitter_ads_async.simulator.journal import Journal
    from tap_twitter_ads_async.simulator.ledger import Ledger
    from tap_twitter_ads_async.simulator.options import SimulatorOptions
    from tap_twitter_ads_async.simulator.params import Params
    from tap_twitter_ads_async.simulator.stats_request import StatsRequest


class StatsApi:
    """Handlers of the analytics routes."""

    def __init__(
        self,
        options: SimulatorOptions,
        ledger: Ledger,
        jobs: JobBoard,
        journal: Journal,
        faults: FaultPlan,
    ) -> None:
        self._options = options
        self._ledger = ledger
        self._jobs = jobs
        self._journal = journal
        self._faults = faults
        self._rules = StatsRules(options)

    def create_job(self, call: Call, params: Params) -> Answer:
        """`POST stats/jobs/accounts/:account_id`."""
        account = _account(call)
        as_of = self._ledger.as_of()
        request = self._rules.read(params, account, as_of.seconds)
        if self._options.segment_delay:
            as_of = self._ledger.as_of(delay_of(request.segmentation_type))
        self._occupy(account)
        try:
            job = self._jobs.create(account, request, as_of)
        except Refusal:
            self._journal.count("too_many_jobs")
            raise
        finally:
            self._journal.in_flight(account.id, self._jobs.in_flight(account.id))
        self._journal.count("jobs_created")
        self._spoil(job)
        body = {
            "data": self._jobs.as_json(job),
            "request": {"params": {"account_id": account.id, **request.echo()}},
        }
        return Answer(201, body, self._slots(account))

    def list_jobs(self, call: Call, params: Params) -> Answer:
        """`GET stats/jobs/accounts/:account_id`."""
        account = _account(call)
        job_ids = params.words("job_ids", MAX_IDS)
        count = params.number("count", 200, 1, 1000)
        if not all(job_id.isdecimal() for job_id in job_ids):
            raise invalid("job_ids", "Expected Long for job_ids", ",".join(job_ids))
        found = [job for job in self._jobs.listing(account.id, job_ids) if self._shows(job)]
        offset = _offset(params)
        page = found[offset : offset + count]
        following = str(offset + count) if offset + count < len(found) else None
        if job_ids and self._options.poll_cursor:
            following = following or "1k5j6b4hv"
        data = []
        for job in page:
            data.append(self._jobs.as_json(job))
            if data[-1]["status"] == "SUCCESS":
                job.urlless_polls -= 1
        self._occupy(account)
        self._journal.count("polls")
        echo: dict[str, t.Any] = {"account_id": account.id, "job_ids": job_ids} | _count(params)
        return Answer(200, {"request": {"params": echo}, "next_cursor": following, "data": data}, self._slots(account))

    def cancel_job(self, call: Call, _params: Params) -> Answer:
        """`DELETE stats/jobs/accounts/:account_id/:job_id`."""
        account = _account(call)
        job = self._jobs.cancel(account.id, call.segments[-1])
        self._journal.count("jobs_cancelled")
        echo = {"account_id": account.id, "job_id": job.id}
        return Answer(200, {"data": self._jobs.as_json(job), "request": {"params": echo}})

    def statistics(self, call: Call, params: Params) -> Answer:
        """`GET stats/accounts/:account_id`: the same answer as a job's file, for seven days at most."""
        account = _account(call)
        as_of = self._ledger.as_of()
        request = self._rules.read(params, account, as_of.seconds, synchronous=True)
        body = stats_body(self._ledger, account, request, as_of)
        fault = self._fault_of("untrue", account, request, synchronous=True)
        return Answer(200, body if fault is None else untrue(body, fault.kind, fault.containing))

    def active_entities(self, call: Call, params: Params) -> Answer:
        """`GET stats/accounts/:account_id/active_entities`: whose figures changed, and for what time."""
        account = _account(call)
        params.required("entity")
        entity = params.choice("entity", FEED_ENTITIES) or ""
        if self._options.refused("entity", entity):
            refusal = invalid("entity", f'Expected a valid entity, got "{entity}" for entity', entity)
            refusal.violation = False
            raise refusal
        params.exclusive(*FEED_FILTERS)
        start, end = feed_window(params, account)
        data = []
        for node in self._filtered(account, entity, params):
            span = self._ledger.changes(node, start, end)
            if span is not None:
                data.append(
                    {
                        "entity_id": node.id,
                        "activity_start_time": iso(span.first),
                        "activity_end_time": iso(span.last),
                        "placements": list(span.placements),
                    }
                )
        self._journal.count("active_entities")
        echo: dict[str, t.Any] = {"account_id": account.id, "entity": entity}
        echo |= {name: params.words(name) for name in FEED_FILTERS if params.text(name)}
        echo |= {"start_time": iso(start), "end_time": iso(end)}
        return Answer(200, {"request": {"params": echo}, "data": data})

    def reach(self, call: Call, params: Params) -> Answer:
        """`GET stats/accounts/:account_id/reach/campaigns` and `.../funding_instruments`."""
        account = _account(call)
        if not self._options.reach or {account.id, str(account.index)} & set(self._options.without_reach):
            raise not_available("REACH_AND_FREQUENCY_ANALYTICS")
        entity, name = {
            "campaigns": ("CAMPAIGN", "campaign_ids"),
            "funding_instruments": ("FUNDING_INSTRUMENT", "funding_instrument_ids"),
        }[call.segments[-1]]
        params.required(name)
        ids = params.words(name, MAX_ENTITY_IDS)
        start, end = reach_window(params, account, self._ledger.as_of().seconds)
        ids = self._some_left_out(ids, name)
        data = []
        for node in (account.of(entity).get(entity_id) for entity_id in ids):
            if node is not None:
                people, frequency = reach_of(self._ledger, node, start, end)
                row = {"id": node.id, "total_audience_reach": people, "average_frequency": frequency}
                data.append(self._spoilt(row))
        echo = {"account_id": account.id, name: ids, "start_time": iso(start), "end_time": iso(end)}
        return Answer(200, {"data_type": "reach", "data": data, "request": {"params": echo}})

    def _some_left_out(self, ids: list[str], name: str) -> list[str]:
        """Return the ids that a fault leaves.

        Raises:
            Refusal: The fault refuses the request for one of them.
        """
        fault = self._faults.take_if(("leave_out",), lambda f: f.containing in ids)
        if fault is None:
            return ids
        if fault.kind == "refused":
            raise invalid(name, f"Entity {fault.containing} cannot be read", fault.containing or "")
        return [entity_id for entity_id in ids if entity_id != fault.containing]

    def _spoilt(self, row: dict[str, t.Any]) -> dict[str, t.Any]:
        """Return a row of reach as a fault changes its figures."""
        fault = self._faults.take_if(("no_figures",), lambda f: f.containing == row["id"])
        return row if fault is None else ODD_FIGURES[fault.kind](row)

    def auction_insights(self, call: Call, params: Params) -> Answer:
        """`GET accounts/:account_id/auction_insights`: kept from older versions of the API."""
        account = _account(call)
        for name in ("line_item_ids", "placement", "granularity"):
            params.required(name)
        ids = params.words("line_item_ids", MAX_ENTITY_IDS)
        params.choice("granularity", GRANULARITIES)
        start, end = feed_window(params, account)
        data = []
        for node in (account.of("LINE_ITEM").get(entity_id) for entity_id in ids):
            if node is not None:
                bid = 500_000 + node.salt % 2_000_000
                figures = {
                    "auction_win_rate": [node.salt % 100],
                    "average_bid_local_micro": [bid],
                    "average_price_local_micro": [bid * 8 // 10],
                }
                data.append({"id": node.id, "id_data": [{"metrics": figures, "segment": None}]})
        echo = {
            "account_id": account.id,
            "line_item_ids": ids,
            "start_time": iso(start),
            "end_time": iso(end),
        }
        return Answer(200, {"data": data, "request": {"params": echo}})

    def _filtered(self, account: Account, entity: str, params: Params) -> list[Node]:
        nodes = list(account.of(entity).values())
        for name, kind in FEED_FILTERS.items():
            ids = set(params.words(name))
            if ids:
                nodes = [node for node in nodes if _touches(node, kind, ids)]
        return nodes

    def _slots(self, account: Account) -> dict[str, str]:
        used = self._jobs.in_flight(account.id)
        return {
            "x-concurrent-job-limit": str(self._jobs.limit()),
            "x-concurrent-job-limit-remaining": str(max(self._jobs.limit() - used, 0)),
        }

    def _occupy(self, account: Account) -> None:
        """Let other clients of the account take slots, where a fault says so."""
        fault = self._faults.take(("foreign_jobs",), "*", "*", account.id)
        if fault is not None:
            self._jobs.foreign[account.id] = fault.jobs
        elif self._faults.standing("foreign_jobs", account.id):
            self._jobs.foreign.pop(account.id, None)

    def _spoil(self, job: Job) -> None:
        """Give a job the bad luck that is planned for it."""
        for action in JOB_ACTIONS:
            fault = self._fault_of(action, job.account, job.request, synchronous=False)
            if fault is not None:
                _apply(job, fault)

    def _fault_of(self, action: str, account: Account, request: StatsRequest, *, synchronous: bool) -> Fault | None:
        """Return the fault that hits a job, or an answer of the synchronous endpoint."""
        hours = (request.end - request.start) // 3600
        size = len(request.entity_ids) * {"HOUR": hours, "DAY": -(-hours // 24), "TOTAL": 1}[request.granularity]
        return self._faults.take_if(
            (action,),
            lambda f: (
                f.account in {None, account.id}
                and (f.on == "GET stats") == synchronous
                and f.entity in {None, request.entity}
                and (f.containing is None or f.containing in request.entity_ids)
                and (f.group is None or f.group in request.metric_groups)
                and (f.ending_by is None or iso(request.end) <= f.ending_by)
                and size > f.above
            ),
        )

    def _shows(self, job: Job) -> bool:
        job.polls += 1
        return job.polls > job.hidden_polls


def _apply(job: Job, fault: Fault) -> None:
    if fault.action == "job_fail":
        job.fails = True
    elif fault.action == "job_hang":
        job.ends = float("inf")
    elif fault.action == "job_slow":
        job.ends += fault.seconds
    elif fault.action == "job_hide":
        job.hidden_polls = fault.polls
    elif fault.action == "job_url":
        job.url_kind = fault.kind
    elif fault.action == "untrue":
        job.untruth, job.untrue_for = fault.kind, fault.containing
    else:
        job.urlless_polls = fault.polls


def _touches(node: Node, kind: str, ids: set[str]) -> bool:
    """Tell whether an entity lies above, below or at one of the entities of a filter."""
    above = node.ancestor(kind)
    if above is not None:
        return above.id in ids
    parents = (leaf.ancestor(kind) for leaf in node.leaves)
    return any(parent is not None and parent.id in ids for parent in parents)


def _account(call: Call) -> Account:
    if call.account is None:
        raise missing("account_id")
    return call.account


def _offset(params: Params) -> int:
    cursor = params.text("cursor")
    return int(cursor) if cursor and cursor.isdecimal() else 0


def _count(params: Params) -> dict[str, t.Any]:
    text = params.text("count")
    return {"count": int(text)} if text else {}
