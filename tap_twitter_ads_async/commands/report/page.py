"""`run.html`: what `run.json` says, with a timeline of the jobs and the coverage map. Pure."""

from __future__ import annotations

import typing as t
from collections import defaultdict
from html import escape

from tap_twitter_ads_async.commands.coverage_view import coverage_section
from tap_twitter_ads_async.domain.calendar import parse_stamp
from tap_twitter_ads_async.pages.frame import page
from tap_twitter_ads_async.pages.timeline import Bar, stream_legend, timeline

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from tap_twitter_ads_async.commands.coverage import Coverage

    Json = dict[str, t.Any]

SHOWN_FAILURES = 10
MAX_JOBS = 20_000
"""So many jobs a page draws; `run.json` holds them all."""
HOW_TO_READ = (
    "Each bar is a job, from its creation until the tap saw that the server had finished it. Time runs from the start "
    "of the run, in minutes and seconds; as many jobs lie above each other as ran at once."
)
GOOD = frozenset({"delivered", "running", "waiting for its file"})
SIGNAL_BASE = 128
PARTS = ("Jobs", "Coverage", "Streams", "Requests and waits")


def run_page(facts: Json, coverages: Sequence[Coverage]) -> str:
    """Return the page of a run.

    Args:
        facts: The content of `run.json`.
        coverages: What the state says at the end of the run.
    """
    names = {account["id"]: account["name"] for account in facts["accounts"] if account["name"]}
    began = facts["started_at"]
    title = f"Run of {began[:10]}, {began[11:16]} UTC"
    links = "".join(f'<li><a href="#{_anchor(part)}">{part}</a></li>' for part in PARTS)
    body = "\n".join(
        [
            f"<h1>{escape(title)}</h1>",
            _verdict(facts),
            _tiles(facts),
            f'<nav aria-label="Parts of the page"><ul class="parts">{links}</ul></nav>',
            *_failures(facts["failures"]),
            _heading("Jobs"),
            *_timelines(facts, names),
            _heading("Coverage"),
            "<p>What the state says after this run, day by day, in each account's own days.</p>",
            coverage_section(coverages, names),
            _heading("Streams"),
            _streams(facts["streams"]),
            _heading("Requests and waits"),
            _numbers("Requests by endpoint", ("endpoint", "requests"), facts["requests"].items()),
            _numbers("Waits by reason, those side by side added up", ("reason", "seconds"), facts["waits"].items()),
        ]
    )
    return page(title, body)


def _heading(part: str) -> str:
    return f'<h2 id="{_anchor(part)}">{part}</h2>'


def _anchor(part: str) -> str:
    return part.lower().replace(" ", "-")


def _verdict(facts: Json) -> str:
    code, version = facts["exit_code"], facts["version"]
    if code == 0:
        look, words = "good", "Complete: everything was extracted"
    elif code > SIGNAL_BASE:
        look, words = "warn", f"Stopped by signal {code - SIGNAL_BASE}; the next run resumes from the state"
    else:
        look, words = "bad", "Incomplete: see the failures"
    return f'<p><strong class="{look}">{escape(words)}</strong> (exit code {code}, version {escape(version)}).</p>'


def _tiles(facts: Json) -> str:
    seconds = _seconds(facts["started_at"], facts["ended_at"])
    tiles = (
        ("records", f"{sum(s['records'] for s in facts['streams']):,}"),
        ("jobs", f"{sum(s['jobs'] for s in facts['streams']):,}"),
        ("accounts", f"{len(facts['accounts']):,}"),
        ("failures", f"{len(facts['failures']):,}"),
        ("seconds", f"{seconds:,.1f}"),
        ("MB of results", f"{sum(job['bytes'] for job in facts['jobs']) / 1e6:,.1f}"),
    )
    return (
        '<dl class="tiles">'
        + "".join(f'<div class="tile"><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>' for name, value in tiles)
        + "</dl>"
    )


def _failures(failures: Sequence[Json]) -> list[str]:
    if not failures:
        return []
    head = ("stream", "account", "what", "error")
    rows = [(f["stream"] or "-", f["account"] or "-", f["what"], f["error"]) for f in failures]
    parts = ["<h2>Failures</h2>", _table("Failures", head, rows[:SHOWN_FAILURES], look="cards")]
    if len(rows) > SHOWN_FAILURES:
        rest = _table("Further failures", head, rows[SHOWN_FAILURES:], look="cards")
        parts.append(f"<details><summary>{len(rows) - SHOWN_FAILURES:,} more</summary>{rest}</details>")
    return parts


def _streams(streams: Sequence[Json]) -> str:
    head = ("stream", "records", "jobs", "seconds", "failures", "accounts")
    rows = [tuple(s["name" if name == "stream" else name] for name in head) for s in streams]
    return _table("Streams", head, rows)


def _timelines(facts: Json, names: dict[str, str]) -> list[str]:
    jobs = facts["jobs"][:MAX_JOBS]
    if not jobs:
        return ['<p class="muted">This run created no job.</p>']
    streams = list(dict.fromkeys(job["stream"] for job in jobs))
    by_account: dict[str, list[Json]] = defaultdict(list)
    for job in jobs:
        by_account[job["account"]].append(job)
    began, seconds = facts["started_at"], _seconds(facts["started_at"], facts["ended_at"])
    parts = [f"<p>{HOW_TO_READ}</p>", stream_legend(streams)]
    if len(facts["jobs"]) > len(jobs):
        parts.append(f"<p>The first {len(jobs):,} of {len(facts['jobs']):,} jobs; run.json has them all.</p>")
    for account, own in by_account.items():
        title = f"Account {account}" + (f" ({names[account]})" if account in names else "")
        bars = [_bar(job, began) for job in own]
        parts += [f"<h3>{escape(title)}: {len(own):,} jobs</h3>", timeline(f"Jobs of {title}", bars, seconds, streams)]
        failed = [job for job in own if job["outcome"] not in GOOD]
        if failed:
            rows = [(j["id"], j["stream"], j["created"], j["outcome"], j["attempt"]) for j in failed]
            table = _table("Jobs that came to nothing", ("job", "stream", "created", "outcome", "attempt"), rows)
            parts.append(f"<details><summary>{len(failed):,} came to nothing</summary>{table}</details>")
    return parts


def _bar(job: Json, began: str) -> Bar:
    ended, downloaded = (None if job[key] is None else _seconds(began, job[key]) for key in ("ended", "downloaded"))
    taken_up = ", of an earlier run" if job["adopted"] else ""
    words = f"{job['stream']}, job {job['id']}, attempt {job['attempt']}{taken_up}: {job['outcome']}"
    return Bar(
        job=job["id"],
        stream=job["stream"],
        created=_seconds(began, job["created"]),
        ended=ended,
        downloaded=downloaded,
        failed=job["outcome"] not in GOOD,
        words=words,
    )


def _seconds(since: str, until: str) -> float:
    return max(0.0, (_moment(until) - _moment(since)).total_seconds())


def _moment(text: str) -> datetime:
    return parse_stamp(text)


def _numbers(title: str, head: Sequence[str], items: Iterable[tuple[str, float]]) -> str:
    rows = list(items)
    return (
        f"<h3>{escape(title)}</h3>" + _table(title, head, rows)
        if rows
        else f'<p class="muted">{escape(title)}: none.</p>'
    )


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[object]], look: str = "") -> str:
    """Return a table whose numbers are aligned to the right.

    Args:
        title: What it is, for screen readers; the page has a heading.
        head: Column titles.
        rows: Cells.
        look: A class of the style sheet.
    """
    numbers = [isinstance(value, (int, float)) for value in rows[0]] if rows else [False] * len(head)
    heads = "".join(
        f'<th scope="col"{_class(number=number)}>{escape(name)}</th>'
        for name, number in zip(head, numbers, strict=True)
    )
    body = "".join(
        "<tr>" + "".join(_cell(name, value) for name, value in zip(head, row, strict=True)) + "</tr>" for row in rows
    )
    return (
        f'<div class="scroll" role="region" aria-label="{escape(title)}" tabindex="0"><table class="{look}">'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(name: str, value: object) -> str:
    number = isinstance(value, (int, float))
    text = f"{value:,.2f}" if isinstance(value, float) else f"{value:,}" if number else str(value)
    return f'<td{_class(number=number)} data-label="{escape(name)}">{escape(text)}</td>'


def _class(*, number: bool) -> str:
    return ' class="number"' if number else ""
