"""The DAGs, run by `airflow dags test`, with tasks that fail and runs that are killed."""

from __future__ import annotations

import typing as t

import psutil
from stage import wait_for

if t.TYPE_CHECKING:
    from conftest import Airflow
    from stage import Extraction


def test_an_account_is_a_task_and_a_bad_hour_costs_a_retry(airflow: Airflow) -> None:
    """The API fails one account, the kernel kills another's tap: the others do not notice, and retries finish both."""
    stage = airflow.stage
    killed, troubled = stage.accounts
    stage.control("faults", {"on": "GET active_entities", "status": 503, "times": 6, "account": troubled})
    with airflow.start("dags", "test", "x_ads") as running:
        extraction: Extraction = wait_for(lambda: stage.extraction_of(killed))
        extraction.tap.kill()
        log = running.communicate()[0]
    assert running.returncode == 0, log[-6000:]
    assert log.count("new_state=up_for_retry") == 2
    assert stage.loaded().items() >= stage.expected().items()
    assert {key[0] for key in stage.expected()} == set(stage.accounts)


def test_what_needs_a_person_is_not_tried_again(airflow: Airflow) -> None:
    """Rejected credentials stay rejected, and each try counts against the token."""
    code, log = airflow.test_run("x_ads", TAP_TWITTER_ADS_ASYNC_CONSUMER_SECRET="wrong")
    assert code != 0
    assert "up_for_retry" not in log


def test_reference_lists_are_loaded_once_for_all_accounts(airflow: Airflow) -> None:
    """The API counts their requests per token: an account's run must not make them."""
    code, log = airflow.test_run("x_ads_reference")
    assert code == 0, log[-6000:]
    assert airflow.stage.query("SELECT count(*) FROM tap_twitter_ads_async.targeting_platforms")[0][0] > 3


def test_a_killed_worker_leaves_nothing_running(airflow: Airflow) -> None:
    """A tap that goes on without its task would share state and job slots with the next try."""
    victim = airflow.stage.accounts[0]
    with airflow.start("dags", "test", "x_ads") as running:
        extraction: Extraction = wait_for(lambda: airflow.stage.extraction_of(victim))
        below = extraction.without_worker()
        extraction.worker.kill()
        _, left = psutil.wait_procs(below, 30)
        running.kill()
    assert left == []
    code, log = airflow.test_run("x_ads")
    assert code == 0, log[-6000:]
    assert airflow.stage.loaded().items() >= airflow.stage.expected().items()
