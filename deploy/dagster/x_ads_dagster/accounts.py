"""Accounts as partitions: a sensor asks the API which there are."""

from __future__ import annotations

import typing as t

import dagster as dg
from x_ads_shards.ending import REFUSED, WRONG_SETTINGS
from x_ads_shards.questions import TapRefused
from x_ads_shards.questions import accounts as read_accounts

if t.TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
    from x_ads_shards.shard import Project

ACCOUNTS = dg.DynamicPartitionsDefinition(name="x_ads_accounts")
ACCOUNT_TAG = "x_ads/account"
"""`dagster.yaml` lets one run per value of this tag hold the account's job slots."""
LOOK_SECONDS = 3600
"""The API allows five readings of the list per token in 15 minutes, for everybody who uses the token."""


def run_of(account_id: str, run_key: str | None = None) -> dg.RunRequest:
    """Ask for the run of one account."""
    return dg.RunRequest(run_key=run_key, partition_key=account_id, tags={ACCOUNT_TAG: account_id})


def account_sensor(project: Project, job: UnresolvedAssetJobDefinition) -> dg.SensorDefinition:
    """Make the sensor that keeps the partitions equal to the accounts, and starts new ones at once."""

    @dg.sensor(
        name="x_ads_accounts",
        job=job,
        minimum_interval_seconds=LOOK_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def look_for_accounts(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        try:
            found = {account.id for account in read_accounts(project)}
        except TapRefused as refusal:
            if refusal.exit_code in {WRONG_SETTINGS, REFUSED}:
                raise  # a person has to act: the sensor's tick shows it
            return dg.SkipReason(f"The API did not list the accounts: {refusal}")
        known = set(context.instance.get_dynamic_partitions(str(ACCOUNTS.name)))
        new, gone = sorted(found - known), sorted(known - found)
        requests: list[dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest] = []
        if new:
            requests.append(ACCOUNTS.build_add_request(new))
        if gone:
            requests.append(ACCOUNTS.build_delete_request(gone))
        if not requests:
            return dg.SkipReason(f"The same {len(found)} accounts")
        return dg.SensorResult(dynamic_partitions_requests=requests, run_requests=[run_of(a) for a in new])

    return look_for_accounts
