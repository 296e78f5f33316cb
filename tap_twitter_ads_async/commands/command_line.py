"""Prints what the commands find out; see `singer/cli.py` for the options."""

from __future__ import annotations

import sys
import typing as t

import click

from tap_twitter_ads_async.commands.accounts import accounts_json, accounts_text, read_accounts
from tap_twitter_ads_async.commands.coverage import coverages
from tap_twitter_ads_async.commands.plan import plan_run
from tap_twitter_ads_async.commands.plan_time import latency_seen, shortest_time
from tap_twitter_ads_async.commands.plan_view import plan_json, plan_text
from tap_twitter_ads_async.commands.status import status_page, status_text
from tap_twitter_ads_async.singer.exit_code import ExitCode
from tap_twitter_ads_async.singer.state_input import check_shape

if t.TYPE_CHECKING:
    from datetime import datetime

    from tap_twitter_ads_async.commands.plan import Planning
    from tap_twitter_ads_async.run.context import RunContext


def print_accounts(run: RunContext, form: str) -> None:
    """Print the accounts that the token can read, and exit as an incomplete run does where some remain unknown.

    Args:
        run: Settings of which the credentials are enough.
        form: `text` or `json`.
    """
    rows = read_accounts(run)
    click.echo(accounts_json(rows) if form == "json" else accounts_text(rows))
    if run.verdict.failures:
        sys.exit(ExitCode.INCOMPLETE)


def print_plan(tap: Planning, form: str) -> None:
    """Print what a run would ask for, and exit as an incomplete run does where something cannot be planned.

    Args:
        tap: The tap of that run.
        form: `text` or `json`.
    """
    plan = plan_run(tap)
    latency, slots = latency_seen(tap.run.settings.report_path), tap.run.settings.max_concurrent_jobs
    time = shortest_time(plan.parts, slots, latency)
    click.echo(plan_json(plan, time, latency, slots) if form == "json" else plan_text(plan, time, latency))
    if plan.failed or tap.run.verdict.failures:
        sys.exit(ExitCode.INCOMPLETE)


def print_status(state: dict[str, t.Any], form: str, now: datetime) -> None:
    """Print what a state says; neither settings nor the API have a part in it.

    Args:
        state: The value of a STATE message.
        form: `text` or `html`.
        now: The present moment.
    """
    check_shape(state)
    found = coverages(state, now)
    click.echo(status_page(found, now) if form == "html" else status_text(found))
