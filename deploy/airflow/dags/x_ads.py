"""X Ads in Airflow: one mapped task per account, each a shard with a state of its own.

Variables of the environment, see `deploy/README.md`: `X_ADS_PROJECT`, `X_ADS_WORK`, `X_ADS_BIN`, `X_ADS_LOADER`,
`X_ADS_STREAMS`, `X_ADS_RETRY_SECONDS`, and the settings of tap and loader.
"""

from __future__ import annotations

import logging
import os
from datetime import datetime, timedelta, timezone
from typing import Any

from airflow.sdk import dag, get_current_context, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException
from x_ads_shards.ending import REFUSED, WRONG_SETTINGS, Advice, Ending
from x_ads_shards.pipeline import run_shard
from x_ads_shards.questions import TapRefused, accounts, coverage, streams
from x_ads_shards.shard import Project, Shard

logger = logging.getLogger("x_ads")

AT_ONCE = int(os.environ.get("X_ADS_SHARDS_AT_ONCE", "10"))
"""Accounts extracted at a time, over all runs of the DAG."""
RETRIES = {
    "retries": 2,
    "retry_delay": timedelta(seconds=float(os.environ.get("X_ADS_RETRY_SECONDS", "60"))),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=30),
}
REFERENCE = "reference"


def chosen() -> tuple[str, ...]:
    """Return the streams to extract: those of `X_ADS_STREAMS`, else what the tap selects by itself."""
    named = tuple(name.strip() for name in os.environ.get("X_ADS_STREAMS", "").split(",") if name.strip())
    return named or tuple(stream.name for stream in streams(Project.of_environment()) if stream.selected)


def of_kind(*, reference: bool) -> tuple[str, ...]:
    """Return the chosen streams that belong to accounts, or those that are the same for all of them."""
    kinds = {stream.name: stream.kind for stream in streams(Project.of_environment())}
    return tuple(name for name in chosen() if (kinds.get(name) == REFERENCE) is reference)


def finish(ending: Ending, project: Project, shard: Shard) -> dict[str, Any]:
    """Turn the end of a run into what Airflow does next.

    Raises:
        AirflowFailException: A person has to change something; no retry.
        AirflowException: Something stays open; the retry resumes from the state.
    """
    if ending.advice is Advice.REPAIR:
        raise AirflowFailException(f"exit code {ending.exit_code}, {ending.advice.value}: {ending.words}")
    if ending.advice is Advice.RETRY:
        raise AirflowException(f"exit code {ending.exit_code}, {ending.advice.value}: {ending.words}")
    covered = coverage(project, shard)
    if covered:
        logger.info("Coverage of %s:\n%s", shard.name, covered)
    told = ending.report.streams if ending.report else ()
    return {"records": {stream.name: stream.records for stream in told}, "exit_code": ending.exit_code}


@dag(
    schedule="17 * * * *",
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    # The next run waits for the last account of this one: two runs of one account would share its state and job slots.
    max_active_runs=1,
    tags=["x_ads"],
    doc_md=__doc__,
)
def x_ads() -> None:
    """Find the accounts, then extract each by a task of its own."""

    @task(**RETRIES)
    def find_accounts() -> list[str]:
        """Ask the API for the accounts: one of five such requests that a token has in 15 minutes."""
        try:
            return [account.id for account in accounts(Project.of_environment())]
        except TapRefused as refusal:
            if refusal.exit_code in {WRONG_SETTINGS, REFUSED}:
                raise AirflowFailException(str(refusal)) from None
            raise

    @task(
        map_index_template="{{ account_id }}",
        max_active_tis_per_dag=AT_ONCE,
        execution_timeout=timedelta(hours=12),
        **RETRIES,
    )
    def extract(account_id: str) -> dict[str, Any]:
        """Extract and load one account."""
        get_current_context()["account_id"] = account_id  # for the name in the UI
        project, shard = Project.of_environment(), Shard(account_id, (account_id,), of_kind(reference=False))
        return finish(run_shard(project, shard, logger.info), project, shard)

    extract.expand(account_id=find_accounts())


@dag(
    schedule="5 4 * * 1",
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    tags=["x_ads"],
)
def x_ads_reference() -> None:
    """Extract lists that are the same for all accounts; the API counts their requests per token."""

    @task(**RETRIES)
    def extract_reference() -> dict[str, Any]:
        """Extract and load the chosen reference lists, if any."""
        names = of_kind(reference=True)
        if not names:
            return {}
        project, shard = Project.of_environment(), Shard(REFERENCE, (), names)
        return finish(run_shard(project, shard, logger.info), project, shard)

    extract_reference()


x_ads()
x_ads_reference()
