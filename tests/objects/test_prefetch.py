"""Reading ahead: bounded, ordered, and over at once when the run is."""

from __future__ import annotations

import threading
import typing as t

import pytest

from tap_twitter_ads_async.clock import Clock
from tap_twitter_ads_async.errors import Terminated
from tap_twitter_ads_async.objects.prefetch import ACCOUNTS_AHEAD, PAGES_HELD, Prefetch

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.rig import Rig

Page = list[dict[str, t.Any]]
SOON = 10.0


def looked() -> None:
    """Look at nothing."""


def readers() -> list[threading.Thread]:
    """Return the reader threads that are alive."""
    return [thread for thread in threading.enumerate() if thread.name.startswith("objects-")]


def join_readers() -> None:
    """Wait until no reader is left, which must be soon."""
    for thread in readers():
        thread.join(SOON)
        assert not thread.is_alive()


def test_accounts_are_read_side_by_side() -> None:
    """One after the other, a hundred accounts would take a hundred times the API's latency."""
    together = threading.Barrier(ACCOUNTS_AHEAD, timeout=SOON)

    def pages(account: str) -> Iterator[Page]:
        together.wait()
        yield [{"id": account}]

    accounts = [str(n) for n in range(ACCOUNTS_AHEAD)]
    prefetch = Prefetch(accounts, pages, Clock(), looked)
    assert [page for a in accounts for page in prefetch.take(a)] == [[{"id": a}] for a in accounts]
    join_readers()


def test_accounts_that_are_passed_over_are_never_read() -> None:
    """Nobody would take their pages, and their readers would keep others from reading; the rest comes in order."""
    opened: list[str] = []

    def pages(account: str) -> Iterator[Page]:
        opened.append(account)
        return iter([[{"id": account}]])

    accounts = [str(n) for n in range(3 * ACCOUNTS_AHEAD)]
    prefetch = Prefetch(accounts, pages, Clock(), looked)
    assert len(list(prefetch.take("3"))) == 1
    assert opened == accounts[3 : 3 + ACCOUNTS_AHEAD]
    prefetch.close()
    join_readers()


@pytest.mark.parametrize("further", [2, ACCOUNTS_AHEAD + 2])
def test_accounts_that_are_passed_over_while_being_read_make_room(further: int) -> None:
    """Their readers would wait to the end of the run with a page in hand, in the place of those that are needed."""
    opened: list[str] = []

    def pages(account: str) -> Iterator[Page]:
        opened.append(account)
        return iter([[{"id": account}]] * 9)

    accounts = [str(n) for n in range(3 * ACCOUNTS_AHEAD)]
    prefetch = Prefetch(accounts, pages, Clock(), looked)
    assert len(list(prefetch.take("0"))) == 9
    assert len(list(prefetch.take(str(further)))) == 9
    assert opened[-1] == str(further + ACCOUNTS_AHEAD - 1)
    prefetch.close()
    join_readers()


def test_no_more_pages_are_held_than_promised() -> None:
    """Memory stays flat however large the accounts are and however slow the target is."""
    made: dict[str, int] = {}
    stuck = threading.Event()

    def pages(account: str) -> Iterator[Page]:
        for n in range(50):
            made[account] = n + 1
            if account == "1" and n == PAGES_HELD:
                stuck.set()
            yield [{"n": n}]

    prefetch = Prefetch(["0", "1"], pages, Clock(), looked)
    pages_of_first = prefetch.take("0")
    next(pages_of_first)
    assert stuck.wait(SOON)
    assert made["1"] <= PAGES_HELD + 1
    prefetch.close()
    pages_of_first.close()  # type: ignore[attr-defined]  # a generator
    join_readers()
    assert made["1"] <= PAGES_HELD + 2


def test_an_error_arrives_where_the_account_is_taken_and_others_go_on() -> None:
    """One account's failure is no other account's."""

    def pages(account: str) -> Iterator[Page]:
        yield [{"id": account}]
        if account == "bad":
            raise LookupError(account)

    accounts = ["good", "bad", *(str(n) for n in range(ACCOUNTS_AHEAD))]
    prefetch = Prefetch(accounts, pages, Clock(), looked)
    assert len(list(prefetch.take("good"))) == 1
    with pytest.raises(LookupError):
        list(prefetch.take("bad"))
    for account in accounts[2:]:
        assert len(list(prefetch.take(account))) == 1
    join_readers()


def test_a_stopped_run_ends_waiting_at_once() -> None:
    """SIGTERM leaves ten seconds, and a request may hang for minutes."""
    clock = Clock()
    hanging = threading.Event()

    def pages(account: str) -> Iterator[Page]:
        clock.stop()
        hanging.wait(SOON)
        yield [{"id": account}]

    with pytest.raises(Terminated):
        list(Prefetch(["a"], pages, clock, looked).take("a"))
    hanging.set()
    join_readers()


def test_a_stream_that_is_left_early_leaves_no_reader_behind(rig: Rig) -> None:
    """A test of the connection reads one record and goes."""
    rig.accounts("a1", "a2", "a3")
    for account in ("a1", "a2", "a3"):
        rig.api.collections[f"accounts/{account}/campaigns"] = [{"id": str(n)} for n in range(50)]
    rig.settings["page_size"] = 1
    tap, _ = rig.start(["campaigns"])
    records = tap.streams["campaigns"].get_records({"account_id": "a1"})
    assert next(iter(records))["id"] == "0"  # type: ignore[call-overload]  # never a tuple
    records.close()  # type: ignore[attr-defined]  # a generator
    join_readers()
    assert len(rig.api.asked) < 30


def test_a_run_that_is_stopped_keeps_the_bookmark_of_the_account_it_was_at(rig: Rig) -> None:
    """The records that were not written any more must come with the next run."""
    rig.accounts("a1", "a2")
    rig.api.collections["accounts/a1/campaigns"] = [{"id": "1", "updated_at": "2026-01-01T00:00:00Z"}]
    tap, outcome = rig.start(["campaigns"])

    def stop(_: dict[str, str]) -> tuple[int, t.Any]:
        outcome.run.clock.stop()
        return 503, {}

    rig.api.scripts["accounts/a2/campaigns"] = stop
    with pytest.raises(Terminated):
        tap.sync_all()
    bookmarks = tap.state["bookmarks"].get("campaigns", {}).get("partitions", [])
    assert all("replication_key_value" not in p for p in bookmarks if p["context"]["account_id"] == "a2")


def test_the_taker_looks_around_while_it_waits_for_a_page() -> None:
    """Jobs created meanwhile must get into the state, and a person must hear that the run is alive."""
    enough = threading.Event()
    looks: list[int] = []

    def look() -> None:
        looks.append(len(looks))
        if len(looks) == 3:
            enough.set()

    def pages(account: str) -> Iterator[Page]:
        assert enough.wait(SOON), "nobody looked while the page was on its way"
        yield [{"id": account}]

    assert list(Prefetch(["a"], pages, Clock(), look).take("a")) == [[{"id": "a"}]]
    join_readers()
