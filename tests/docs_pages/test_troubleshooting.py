"""The page of messages and the source say the same."""

from __future__ import annotations

import re
import typing as t
from collections import Counter

import pytest

from tap_twitter_ads_async.errors import ApiErrorDetail, Unavailable
from tap_twitter_ads_async.run import summary
from tap_twitter_ads_async.run.context import Failure
from tap_twitter_ads_async.run.progress_line import AccountWork, ProgressLine, Snapshot
from tap_twitter_ads_async.run.stats import StreamStats
from tests.docs_pages.messages import GAP, all_templates, loud_messages, normal
from tests.docs_pages.tables import code, table
from tests.support.markdown import ROOT, blocks

PAGE = "docs/troubleshooting.md"
WITH_OUTPUT = ("docs/access.md", PAGE)
LOG_LINE = re.compile(r"(?:INFO|WARNING|ERROR|CRITICAL) +\| [\w.-]+ +\| (?P<message>.+)")
SETTING_LINE = re.compile(r"  - [\w\[\].]+: (?P<message>.+)")


def quoted() -> set[str]:
    """Return the messages that the page explains."""
    return {normal(code(row[0])) for row in table(PAGE, "message")}


def test_every_message_of_the_page_is_one_of_the_tap() -> None:
    """Nobody finds a message that was reworded, and searching for what never appears wastes an evening."""
    assert sorted(quoted() - all_templates()) == []


def test_no_message_is_explained_twice() -> None:
    """Of two explanations, one is out of date."""
    rows = Counter(normal(code(row[0])) for row in table(PAGE, "message"))
    assert [message for message, count in rows.items() if count > 1] == []


def test_every_loud_message_of_the_tap_is_on_the_page() -> None:
    """A warning or an error that nothing explains becomes a question to the maintainers."""
    on_page = quoted()
    assert [f"{m.where}: {m.text}" for m in loud_messages() if m.text not in on_page] == []


def test_the_reader_of_the_source_finds_messages_of_every_kind() -> None:
    """If it went blind for one way of saying things, the two tests above would pass in silence."""
    found = {m.text for m in loud_messages()}
    expected = {
        "logger call": "Not offered, skipped: stream …, account …, …: …",
        "own logger": "Account …: … records without … were skipped.",
        "partial": "Job … was not cancelled: …",
        "exception": "The token cannot read any ads account; ask an account owner to give this user access",
        "complaint": "must not be in the future, and is …",
        "constants put in": "must be an http or https URL such as https://ads-api.x.com, without ? and #",
    }
    assert {kind: text for kind, text in expected.items() if text not in found} == {}


def output_lines() -> t.Iterator[t.Any]:
    """Yield the messages in quoted output."""
    for page in WITH_OUTPUT:
        for block in blocks(page, "text"):
            for line in block.text.splitlines():
                match = LOG_LINE.fullmatch(line) or SETTING_LINE.fullmatch(line)
                if match:
                    yield pytest.param(match["message"], id=f"{block.where}-{match['message'][:30]}")


@pytest.mark.parametrize("message", list(output_lines()))
def test_quoted_output_is_what_the_tap_says(message: str) -> None:
    """Output that looks different from what the reader sees makes them doubt what they did."""
    candidates = (t for t in all_templates() if len(re.findall(r"[a-z]{2,}", t)) > 1)
    assert any(pattern(template).fullmatch(message) for template in candidates), message


def pattern(template: str) -> re.Pattern[str]:
    """Return what a template can become."""
    return re.compile(".*".join(re.escape(part) for part in template.split(GAP)))


STREAMS = {
    "account_stats": StreamStats(2, 20, 484, 4.7),
    "campaign_stats": StreamStats(2, 180, 18010, 9.3),
    "campaigns": StreamStats(2, 0, 12, 0.1),
}
FAILURE = Failure(
    "campaign_stats",
    "w99anx26ay4",
    "window 2026-10-01T07:00:00Z..2026-10-02T07:00:00Z of 8wku2 in ALL_ON_TWITTER",
    str(
        Unavailable(
            "POST stats/jobs/accounts/w99anx26ay4",
            status=503,
            details=[ApiErrorDetail("SERVICE_UNAVAILABLE", "Service unavailable due to request timeout")],
        )
    ),
)


def run_on_page(name: str) -> list[str]:
    """Return the lines of the run of this name that the page shows."""
    found = re.search(rf"<!-- run: {name} -->\n```text\n(.*?)```", (ROOT / PAGE).read_text("utf-8"), re.DOTALL)
    assert found, name
    return found[1].splitlines()


def test_a_healthy_run_reads_as_on_the_page() -> None:
    """Readers compare their first run with these lines to see whether all is well."""
    work = (AccountWork(waiting=20, running=60, done=120, job_seconds=5.0, slots=100),)
    snapshot = Snapshot(2, 3, 1, "campaign_stats", 10_000, 10_484, work)
    progress = ProgressLine(0.0)
    assert run_on_page("healthy") == [
        summary.opening(("75ynte73ht7", "w99anx26ay4"), tuple(STREAMS), "2026-09-23", None),
        summary.resumption({}, STREAMS),
        progress.line(snapshot, 10_484 / 2000),
        *summary.table(STREAMS, (), 2),
    ]


def test_a_failing_run_reads_as_on_the_page() -> None:
    """The list at the end is what people paste into tickets."""
    *rows, head, failure = run_on_page("failing")
    assert rows == summary.table(STREAMS, [FAILURE], 2)
    (template,) = (text for text in all_templates() if text.startswith("…; everything else was extracted"))
    assert pattern(template).fullmatch(normal(f"{head} {failure}"))
    assert failure == f"  - {FAILURE}"
