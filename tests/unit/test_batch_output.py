"""Order of file, BATCH and STATE, whatever happens to files: no STATE claims a row that is in no BATCH message."""

from __future__ import annotations

import contextlib
import errno
import json
import typing as t
from dataclasses import dataclass, field

import pytest
from typing_extensions import override

from tap_twitter_ads_async.errors import Terminated
from tap_twitter_ads_async.settings.batches import COLUMNAR_MISSING, BatchSettings, batch_settings
from tap_twitter_ads_async.settings.problems import InvalidSettingsError, Problems
from tap_twitter_ads_async.singer.batch.failures import StorageFailed
from tap_twitter_ads_async.singer.batch.output import OLDEST_SECONDS, BatchOutput, Outlet
from tap_twitter_ads_async.singer.batch.records import RecordLines, RecordTables
from tap_twitter_ads_async.singer.batch.storage import Folder
from tap_twitter_ads_async.singer.output import LineWriter
from tap_twitter_ads_async.singer.state import TapState

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Json = dict[str, t.Any]
SCHEMA: Json = {"properties": {"id": {"type": ["integer", "null"]}}}


class FullDisk(Folder):
    """A folder that takes no more from some moment on."""

    full = False

    @override
    @contextlib.contextmanager
    def create(self, name: str) -> Iterator[t.IO[bytes]]:
        """Open a file that refuses to be finished."""
        with super().create(name) as file:
            yield file
            if self.full:
                raise OSError(errno.ENOSPC, "No space left on device")


@dataclass
class Bench:
    """A stream of batch files, with a state that the test moves."""

    folder: Path
    capture: pytest.CaptureFixture[bytes]
    form: str = "jsonl"
    state: Json = field(default_factory=dict)
    now: float = 0.0

    def __post_init__(self) -> None:
        self.storage = FullDisk(self.folder)
        self.tap_state = TapState(t.cast("t.Any", self.state), LineWriter())
        settings = BatchSettings(self.form, str(self.folder), most_rows=3)
        outlet = Outlet(settings, self.storage, LineWriter(), self.tap_state, lambda: self.now)
        make = RecordTables if self.form == "parquet" else RecordLines
        self.output: BatchOutput[RecordLines | RecordTables] = BatchOutput(outlet, "tap", "s", make, {"s": SCHEMA})

    def add(self, account_id: str, *values: int) -> None:
        """Take rows of an account, then move its state, as a window does that ends."""
        for value in values:
            self.output.rows("s", account_id).add({"id": value})
            self.output.flush_if_due()
        partition = self.tap_state.partition("s", account_id)
        self.tap_state.change(
            partition, {"progress": {"rows": partition.get("progress", {}).get("rows", 0) + len(values)}}
        )
        self.tap_state.write()

    def stopped_by(self, error: BaseException) -> None:
        """Write a row, and then meet an error."""
        with self.output.writing():
            self.add("a", 1)
            raise error

    def fill_the_disk(self) -> None:
        """Write rows until there is no more room for their file."""
        with self.output.writing():
            self.add("a", 1, 2)
            self.storage.full = True
            self.add("a", 3)

    def read(self) -> list[str | Json]:
        """Return what was written: `BATCH`, or the rows that a STATE claims by account."""
        found: list[str | Json] = []
        for line in self.capture.readouterr().out.splitlines():
            message = json.loads(line)
            partitions = message.get("value", {}).get("bookmarks", {}).get("s", {}).get("partitions", [])
            claimed = {p["context"]["account_id"]: p["progress"]["rows"] for p in partitions if "progress" in p}
            found.append("BATCH" if message["type"] == "BATCH" else claimed)
        return found


@pytest.fixture(params=["jsonl", "parquet"])
def bench(request: pytest.FixtureRequest, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Bench:
    """Three rows make a file."""
    return Bench(tmp_path, capfdbinary, request.param)


def test_a_state_follows_the_file_that_it_claims(bench: Bench) -> None:
    """Windows end within files, files within windows."""
    with bench.output.writing():
        bench.add("a", 1, 2)
        assert bench.read() == []
        bench.add("a", 3, 4)  # the file is full before the window ends
        assert bench.read() == ["BATCH", {"a": 2}]
        bench.add("b", 5, 6)  # the file is full before b's window has ended
        assert bench.read() == ["BATCH", {"a": 4}, {"a": 4, "b": 2}]
        bench.add("b", 7)
        assert bench.read() == []
    assert bench.read() == ["BATCH", {"a": 4, "b": 3}]


def test_a_state_at_a_bad_moment_claims_what_files_hold(bench: Bench) -> None:
    """The watchdog of a termination writes it while rows wait, and so does whoever has created jobs."""
    with bench.output.writing():
        bench.add("a", 1, 2, 3)
        bench.add("a", 4)
        bench.read()
        bench.tap_state.partition("s", "a")["jobs"] = {"digest": "1"}
        bench.tap_state.write_now()
        assert bench.read() == [{"a": 3}]
        assert bench.tap_state._covered()["bookmarks"]["s"]["partitions"][0]["jobs"] == {"digest": "1"}  # noqa: SLF001


def test_a_signal_flushes_what_waits(bench: Bench) -> None:
    """Ten seconds are enough for that, and nothing needs to be extracted again."""
    with pytest.raises(Terminated):
        bench.stopped_by(Terminated("stopped"))
    assert bench.read() == ["BATCH", {"a": 1}]


def test_rows_do_not_wait_for_company_for_ever(bench: Bench) -> None:
    """A target shall see the rows of the first window though the next takes an hour."""
    with bench.output.writing():
        bench.add("a", 1)
        bench.now += OLDEST_SECONDS
        bench.tap_state.waiting()
        assert bench.read() == ["BATCH", {"a": 1}]


def test_a_full_disk_is_named_and_claims_nothing(bench: Bench) -> None:
    """The last STATE would otherwise stand for rows that no file has."""
    with pytest.raises(StorageFailed, match=r"No space left on device.*batch_config\.storage\.root"):
        bench.fill_the_disk()
    assert bench.read() == []
    bench.tap_state.write_now()
    assert bench.read() == [{}]
    assert list(bench.folder.iterdir()) == []


def test_any_other_error_claims_nothing_either(bench: Bench) -> None:
    """Whatever broke, rows in an unfinished file are lost."""
    with pytest.raises(ZeroDivisionError):
        bench.stopped_by(ZeroDivisionError())
    bench.tap_state.write_now()
    assert bench.read() == [{}]
    assert list(bench.folder.iterdir()) == []


def test_parquet_without_its_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ModuleNotFoundError in the middle of a run tells nobody what to do."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    problems = Problems({})
    batch_settings({"encoding": {"format": "parquet"}, "storage": {"root": "x"}}, problems)
    with pytest.raises(InvalidSettingsError, match="columnar"):
        problems.raise_if_any()
    assert "tap-twitter-ads-async[columnar]" in COLUMNAR_MISSING
