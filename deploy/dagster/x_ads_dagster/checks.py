"""Asset checks, from the reports that the last run of each account left."""

# No postponed annotations here: Dagster reads a function's annotations as they are.

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta, timezone

import dagster as dg
from x_ads_shards.report import Report, read_report
from x_ads_shards.shard import Project, Shard

from x_ads_dagster.accounts import ACCOUNTS
from x_ads_dagster.streams import FRESH_BY_DEFAULT

Reports = dict[str, Report | None]
MAX_NAMED = 20


def account_checks(project: Project, specs: Sequence[dg.AssetSpec]) -> dg.AssetChecksDefinition:
    """Make three checks of each stream, over all accounts: rows, open windows, freshness."""
    names = ("rows", "open_windows", "fresh")
    declared = [dg.AssetCheckSpec(name, asset=spec.key) for spec in specs for name in names]

    @dg.multi_asset_check(name="x_ads_reports", specs=declared, can_subset=True)
    def check_reports(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        accounts = context.instance.get_dynamic_partitions(str(ACCOUNTS.name))
        reports = {account: read_report(project.report(Shard(account))) for account in accounts}
        judges = {"rows": _rows, "open_windows": _open_windows, "fresh": _fresh}
        for check in context.selected_asset_check_keys:
            yield _judged(check, judges[check.name], reports)

    return check_reports


def _judged(
    check: dg.AssetCheckKey, judge: Callable[[str, Report | None], str | None], reports: Reports
) -> dg.AssetCheckResult:
    stream = check.asset_key.path[-1]
    complaints = {account: words for account, report in reports.items() if (words := judge(stream, report))}
    listed = "\n".join(f"* {account}: {words}" for account, words in sorted(complaints.items())[:MAX_NAMED])
    told = [report.of(stream) for report in reports.values() if report]
    return dg.AssetCheckResult(
        asset_key=check.asset_key,
        check_name=check.name,
        passed=not complaints,
        severity=dg.AssetCheckSeverity.ERROR if check.name == "open_windows" else dg.AssetCheckSeverity.WARN,
        description=f"{len(complaints)} of {len(reports)} accounts" if complaints else None,
        metadata={
            "rows": sum(entry.records for entry in told if entry),
            "accounts": len(reports),
            **({"complaints": dg.MetadataValue.md(listed)} if listed else {}),
        },
    )


def _rows(stream: str, report: Report | None) -> str | None:
    """Complain where jobs were paid for and brought nothing."""
    told = report.of(stream) if report else None
    return "jobs, but no rows" if told and told.jobs and not told.records else None


def _open_windows(stream: str, report: Report | None) -> str | None:
    told = report.of(stream) if report else None
    return f"{told.failures} open" if told and told.failures else None


def _fresh(_stream: str, report: Report | None) -> str | None:
    """Complain where no run has come to an end for long; an account's first run may still be going on."""
    if report is None:
        return "no report"
    age: timedelta = datetime.now(timezone.utc) - report.ended_at
    return f"last report {age.total_seconds() / 3600:.0f} hours ago" if age > FRESH_BY_DEFAULT else None
