"""What `dagster dev` loads: jobs, schedules and the sensor over the streams that the settings give."""

from __future__ import annotations

import os
import typing as t
from collections.abc import Iterator  # noqa: TC003 - Dagster reads annotations when it loads

import dagster as dg
from x_ads_shards.shard import Project

from x_ads_dagster.accounts import ACCOUNTS, account_sensor, run_of
from x_ads_dagster.assets import RETRIES, account_assets, reference_assets
from x_ads_dagster.checks import account_checks
from x_ads_dagster.streams import chosen_streams, specs

if t.TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

HOURLY, DAILY, WEEKLY = "17 * * * *", "40 5 * * *", "5 4 * * 1"


def _account_schedule(job: UnresolvedAssetJobDefinition) -> dg.ScheduleDefinition:
    @dg.schedule(
        name="x_ads_every_account", job=job, cron_schedule=HOURLY, default_status=dg.DefaultScheduleStatus.RUNNING
    )
    def every_account(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest]:
        tick = context.scheduled_execution_time.isoformat()
        for account_id in context.instance.get_dynamic_partitions(str(ACCOUNTS.name)):
            yield run_of(account_id, f"{account_id} {tick}")

    return every_account


def build(project: Project, retries: dg.RetryPolicy = RETRIES) -> dg.Definitions:
    """Make everything for one Meltano project.

    Args:
        project: Where tap, loader and Meltano are.
        retries: How often and how soon a run that left something open is tried again.
    """
    chosen = chosen_streams(project)
    of_accounts, of_all = specs(chosen, reference=False), specs(chosen, reference=True)
    assets = [account_assets(project, of_accounts, retries)]
    accounts = dg.define_asset_job(
        "x_ads_account", dg.AssetSelection.assets(*assets).without_checks(), executor_def=dg.in_process_executor
    )
    checks = account_checks(project, of_accounts)
    checking = dg.define_asset_job("x_ads_checks", dg.AssetSelection.checks(checks), partitions_def=None)
    jobs = [accounts, checking]
    schedules = [_account_schedule(accounts), dg.ScheduleDefinition(job=checking, cron_schedule=DAILY)]
    if of_all:
        assets.append(reference_assets(project, of_all, retries))
        selection = dg.AssetSelection.assets(assets[-1])
        reference = dg.define_asset_job("x_ads_reference", selection, executor_def=dg.in_process_executor)
        jobs.append(reference)
        schedules.append(dg.ScheduleDefinition(job=reference, cron_schedule=WEEKLY))
    return dg.Definitions(
        assets=assets,
        asset_checks=[checks],
        jobs=jobs,
        schedules=schedules,
        sensors=[account_sensor(project, accounts)],
    )


def _retries() -> dg.RetryPolicy:
    seconds = os.environ.get("X_ADS_RETRY_SECONDS")
    return RETRIES._replace(delay=float(seconds)) if seconds else RETRIES


@dg.definitions
def defs() -> dg.Definitions:
    """Load the project that the environment names."""
    return build(Project.of_environment(), _retries())
