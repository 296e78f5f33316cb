"""The assets: one run of the tap materializes an account's partition of every stream that is asked for."""

# No postponed annotations here: Dagster reads a function's annotations as they are.

import typing as t
from collections.abc import Iterator, Sequence

import dagster as dg
from dagster._core.errors import DagsterExecutionInterruptedError  # what Dagster itself ends a cancelled step with
from x_ads_shards.ending import Advice, Ending
from x_ads_shards.pipeline import run_shard
from x_ads_shards.questions import coverage
from x_ads_shards.shard import Project, Shard

from x_ads_dagster.accounts import ACCOUNTS
from x_ads_dagster.streams import REFERENCE

POOL = "x_ads"
"""Runs of one token at a time; the limit is in `dagster.yaml`."""
RETRIES = dg.RetryPolicy(max_retries=2, delay=60, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)


def account_assets(project: Project, specs: Sequence[dg.AssetSpec], retries: dg.RetryPolicy) -> dg.AssetsDefinition:
    """Make the assets of streams that belong to accounts."""

    @dg.multi_asset(
        name="extract_account",
        specs=specs,
        partitions_def=ACCOUNTS,
        can_subset=True,
        pool=POOL,
        retry_policy=retries,
    )
    def extract_account(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        account_id = context.partition_key
        yield from _extract(context, project, Shard(account_id, (account_id,), _selected(context)))

    return extract_account


def reference_assets(project: Project, specs: Sequence[dg.AssetSpec], retries: dg.RetryPolicy) -> dg.AssetsDefinition:
    """Make the assets of streams that are the same for all accounts: the API counts their requests per token."""

    @dg.multi_asset(name="extract_reference", specs=specs, can_subset=True, pool=POOL, retry_policy=retries)
    def extract_reference(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        yield from _extract(context, project, Shard(REFERENCE, (), _selected(context)))

    return extract_reference


def _selected(context: dg.AssetExecutionContext) -> tuple[str, ...]:
    return tuple(sorted(key.path[-1] for key in context.selected_asset_keys))


def _extract(context: dg.AssetExecutionContext, project: Project, shard: Shard) -> Iterator[dg.MaterializeResult[None]]:
    """Run a shard; what it finished is materialized, also when something else of it failed.

    Raises:
        Failure: Something stays open; to be tried again unless a person has to act first.
    """
    ending = run_shard(project, shard, context.log.info)
    if ending.interrupted:
        raise DagsterExecutionInterruptedError
    covered = coverage(project, shard)
    for stream in shard.streams:
        if _is_finished(ending, stream):
            yield dg.MaterializeResult(
                asset_key=[*next(iter(context.selected_asset_keys)).path[:-1], stream],
                metadata=_metadata(ending, stream, covered),
            )
    if ending.advice is not Advice.NOTHING:
        raise dg.Failure(
            ending.words or ending.advice.value,
            metadata={"exit_code": ending.exit_code, "advice": ending.advice.value, **_failures(ending)},
            allow_retries=ending.advice is Advice.RETRY,
        )


def _is_finished(ending: Ending, stream: str) -> bool:
    if ending.advice is Advice.NOTHING:
        return True
    told = ending.report.of(stream) if ending.report else None
    # A loader that failed says exit code 1 while the tap reports none: nothing is known to be loaded.
    return bool(told and ending.report and ending.report.exit_code == ending.exit_code and not told.failures)


def _metadata(ending: Ending, stream: str, covered: str | None) -> dict[str, dg.MetadataValue[t.Any]]:
    found: dict[str, dg.MetadataValue[t.Any]] = {"exit_code": dg.MetadataValue.int(ending.exit_code)}
    told = ending.report.of(stream) if ending.report else None
    if told is not None:
        found |= {
            "dagster/row_count": dg.MetadataValue.int(told.records),
            "jobs": dg.MetadataValue.int(told.jobs),
            "seconds": dg.MetadataValue.float(told.seconds),
            "open": dg.MetadataValue.int(told.failures),
        }
    if ending.report is not None and ending.report.page is not None:
        found["report"] = dg.MetadataValue.path(ending.report.page)
    if covered is not None:
        found["coverage"] = dg.MetadataValue.md(f"```text\n{_lines_about(stream, covered)}\n```")
    return found


def _lines_about(stream: str, covered: str) -> str:
    """Return the lines of the coverage map that are about a stream, with the heading; all where none names it."""
    lines = covered.splitlines()
    about = [line for line in lines if stream in line.replace("|", " ").split()]
    return "\n".join([*lines[:1], *(line for line in about if line != lines[0])]) if about else covered


def _failures(ending: Ending) -> dict[str, t.Any]:
    failures = ending.report.failures if ending.report else ()
    return {"failures": dg.MetadataValue.md("\n".join(f"* {words}" for words in failures))} if failures else {}
