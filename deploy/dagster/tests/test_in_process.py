"""Definitions, runs, retries and checks, executed in this process."""

from __future__ import annotations

import typing as t

import dagster as dg
import pytest
from x_ads_dagster.accounts import ACCOUNTS
from x_ads_dagster.definitions import build
from x_ads_shards.report import read_report
from x_ads_shards.shard import Project, Shard

if t.TYPE_CHECKING:
    from stage import Stage

AT_ONCE = dg.RetryPolicy(max_retries=1, delay=0)


@pytest.fixture
def instance() -> t.Iterator[dg.DagsterInstance]:
    """An instance that is forgotten after the test."""
    with dg.instance_for_test() as made:
        yield made


@pytest.fixture
def definitions(surroundings: Stage) -> dg.Definitions:
    """The project as it is loaded, impatient."""
    return build(Project.of_environment(), AT_ONCE)


def test_streams_of_a_kind_are_a_group(definitions: dg.Definitions) -> None:
    """People look for spend under stats and for names under objects."""
    groups = {spec.key.path[-1]: spec.group_name for spec in definitions.resolve_all_asset_specs()}
    assert groups == {"campaigns": "objects", "campaign_stats": "stats", "targeting_platforms": "reference"}


def test_the_sensor_finds_the_accounts_and_starts_each_once(
    definitions: dg.Definitions, instance: dg.DagsterInstance, surroundings: Stage
) -> None:
    """Nobody wants to add an account by hand, or to see one that is gone fail every hour."""
    sensor = definitions.get_sensor_def("x_ads_accounts")
    instance.add_dynamic_partitions(str(ACCOUNTS.name), ["gone"])
    asked = sensor(dg.build_sensor_context(instance=instance))
    assert isinstance(asked, dg.SensorResult)
    assert sorted(str(request.partition_key) for request in asked.run_requests or ()) == surroundings.accounts
    added, removed = asked.dynamic_partitions_requests or ()
    assert (sorted(added.partition_keys), list(removed.partition_keys)) == (surroundings.accounts, ["gone"])


def run(definitions: dg.Definitions, instance: dg.DagsterInstance, account: str) -> dg.ExecuteInProcessResult:
    """Run an account's job."""
    instance.add_dynamic_partitions(str(ACCOUNTS.name), [account])
    job = definitions.resolve_job_def("x_ads_account")
    return job.execute_in_process(instance=instance, partition_key=account, raise_on_error=False)


def test_a_run_loads_its_account_and_is_checked(
    definitions: dg.Definitions, instance: dg.DagsterInstance, surroundings: Stage
) -> None:
    """The whole way: API, tap, loader, table, metadata, checks."""
    account = surroundings.accounts[0]
    done = run(definitions, instance, account)
    assert done.success
    materialized = {e.asset_key.path[-1]: e for e in done.get_asset_materialization_events() if e.asset_key}
    assert materialized.keys() == {"campaigns", "campaign_stats"}
    expected = {key: value for key, value in surroundings.expected().items() if key[0] == account}
    loaded = {key: value for key, value in surroundings.loaded().items() if key[0] == account}
    assert expected
    assert loaded.items() >= expected.items()

    metadata = materialized["campaign_stats"].materialization.metadata
    assert metadata["exit_code"].value == 0
    report = read_report(Project.of_environment().report(Shard(account)))
    assert report
    told = report.of("campaign_stats")
    assert told
    assert (metadata["dagster/row_count"].value, metadata["jobs"].value) == (told.records, told.jobs)
    assert "campaign_stats" in str(metadata["coverage"].value)
    assert str(metadata["report"].value).endswith("run.html")

    checking = definitions.resolve_job_def("x_ads_checks").execute_in_process(instance=instance)
    verdicts = {(e.asset_key.path[-1], e.check_name): e.passed for e in checking.get_asset_check_evaluations()}
    assert verdicts == {(stream, check): True for stream in materialized for check in ("rows", "open_windows", "fresh")}


def test_what_needs_a_person_is_not_tried_again(
    definitions: dg.Definitions, instance: dg.DagsterInstance, surroundings: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rejected credentials stay rejected, and each try counts against the token."""
    monkeypatch.setenv("TAP_TWITTER_ADS_ASYNC_CONSUMER_SECRET", "wrong")
    done = run(definitions, instance, surroundings.accounts[0])
    assert not done.success
    assert [e for e in done.all_events if e.is_step_restarted] == []


def test_what_stays_open_is_tried_again(
    definitions: dg.Definitions, instance: dg.DagsterInstance, surroundings: Stage
) -> None:
    """A bad hour of the API costs a retry, not a night."""
    account = surroundings.accounts[1]
    fault = {"action": "error", "status": 503, "times": 6, "on": "GET active_entities", "account": account}
    surroundings.control("faults", fault)
    done = run(definitions, instance, account)
    assert done.success
    assert len([e for e in done.all_events if e.is_step_restarted]) == 1
    expected = {key: value for key, value in surroundings.expected().items() if key[0] == account}
    assert surroundings.loaded().items() >= expected.items()


def test_reference_lists_are_loaded_once_for_all_accounts(
    definitions: dg.Definitions, instance: dg.DagsterInstance, surroundings: Stage
) -> None:
    """The API counts their requests per token: an account's run must not make them."""
    done = definitions.resolve_job_def("x_ads_reference").execute_in_process(instance=instance)
    assert done.success
    assert surroundings.query("SELECT count(*) FROM tap_twitter_ads_async.targeting_platforms")[0][0] > 3
