"""Messages on their way to stdout."""

from __future__ import annotations

import io
import json
import sys
import threading
import typing as t

import pytest
from singer_sdk.contrib.msgspec import encoder
from singer_sdk.helpers._batch import BaseBatchFileEncoding, SDKBatchMessage
from singer_sdk.singerlib.encoding.simple import (
    ActivateVersionMessage,
    Message,
    RecordMessage,
    SchemaMessage,
    StateMessage,
)

from tap_twitter_ads_async.errors import OutputFailed
from tap_twitter_ads_async.singer.output import BLOCK_BYTES, LineWriter

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from typing_extensions import Buffer

Line = dict[str, t.Any]


class Pipe:
    """What a target at the other end has got so far, line by line."""

    def __init__(self, capture: pytest.CaptureFixture[bytes]) -> None:
        self._capture = capture
        self._got = b""

    @property
    def lines(self) -> list[Line]:
        """All that was written up to now."""
        self._got += self._capture.readouterr().out
        return [json.loads(line) for line in self._got.splitlines()]


@pytest.fixture
def pipe(capfdbinary: pytest.CaptureFixture[bytes]) -> Pipe:
    """The process's stdout."""
    return Pipe(capfdbinary)


def _record(number: int) -> RecordMessage:
    return RecordMessage(stream="s", record={"n": number})


@pytest.mark.parametrize(
    "message",
    [
        RecordMessage("s", {"n": None}),
        SchemaMessage("s", {"properties": {"n": {"type": "string", "default": None}}}, ["n"], ["n"]),
        SchemaMessage("s", {"properties": {}}, []),
        StateMessage({"bookmarks": {"s": None}}),
        ActivateVersionMessage("s", 5),
        SDKBatchMessage("s", BaseBatchFileEncoding(format="jsonl", compression="gzip"), ["file:///a"]),
        SDKBatchMessage("s", BaseBatchFileEncoding(format="parquet"), ["file:///a"]),
    ],
)
def test_every_message_says_what_the_sdk_s_own_says(message: Message) -> None:
    """Targets know nothing of the short ways that schemas and states take."""
    assert LineWriter().serialize_message(message) == encoder.encode(message.to_dict())


def test_a_state_stands_behind_its_records_and_goes_out_at_once(pipe: Pipe) -> None:
    """A STATE line that overtakes a record claims what the target has not got."""
    writer = LineWriter()
    writer.write_message(_record(1))
    writer.write_lines(b'{"type":"RECORD","stream":"s","record":{"n":2}}\n')
    assert pipe.lines == []
    writer.write_message(StateMessage(value={"bookmarks": {"s": {}}}))
    assert [line["type"] for line in pipe.lines] == ["RECORD", "RECORD", "STATE"]
    assert [line["record"]["n"] for line in pipe.lines[:2]] == [1, 2]
    assert pipe.lines[2]["value"] == {"bookmarks": {"s": {}}}


@pytest.mark.parametrize("by_lines", [True, False])
def test_many_records_do_not_wait_for_a_state(pipe: Pipe, by_lines: bool) -> None:  # noqa: FBT001 - a case of the test
    """Memory stays bounded in a stream without a state, and the target has something to do."""
    writer = LineWriter()
    long = "x" * 1000
    for _ in range(BLOCK_BYTES // 1000 + 1):
        if by_lines:
            writer.write_lines(b'{"type":"RECORD","stream":"s","record":{"n":"%s"}}\n' % long.encode())
        else:
            writer.write_message(RecordMessage(stream="s", record={"n": long}))
    assert len(pipe.lines) > 200


def test_flush_hands_over_what_is_left(pipe: Pipe) -> None:
    """The end of a run, and nothing twice."""
    writer = LineWriter()
    writer.write_message(_record(1))
    writer.flush()
    writer.flush()
    assert len(pipe.lines) == 1


def test_a_text_stream_in_place_of_stdout_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """Test tools replace stdout by streams without a buffer."""
    text = io.StringIO()
    monkeypatch.setattr(sys, "stdout", text)
    writer = LineWriter()
    writer.write_message(RecordMessage(stream="s", record={"n": "ü"}))
    writer.flush()
    assert json.loads(text.getvalue())["record"] == {"n": "ü"}


def test_lines_of_several_threads_are_never_mixed(pipe: Pipe) -> None:
    """A signal's last STATE may come from another thread than the records."""
    writer = LineWriter()

    def write(number: int) -> None:
        for _ in range(300):
            writer.write_message(_record(number))
            writer.write_message(StateMessage(value={"n": number}))

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts = [sum(line.get("record") == {"n": n} for line in pipe.lines) for n in range(4)]
    assert counts == [300] * 4
    assert sum(line["type"] == "STATE" for line in pipe.lines) == 1200


def test_the_lock_keeps_a_state_whole() -> None:
    """Whoever changes the state holds it, and may write while holding it."""
    writer = LineWriter()
    with writer.lock, writer.lock:
        taken = threading.Event()
        other = threading.Thread(target=lambda: taken.set() if writer.lock.acquire(blocking=False) else None)
        other.start()
        other.join()
        assert not taken.is_set()


class Sips(io.BytesIO):
    """A stdout without a buffer that a signal interrupts in every write."""

    @override
    def write(self, part: Buffer, /) -> int:
        return super().write(memoryview(part)[:1000])


def test_a_write_that_is_interrupted_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """With PYTHONUNBUFFERED, as in most containers, SIGTERM would tear a line, and a STATE follow."""
    sips = Sips()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(sips))
    writer = LineWriter()
    for number in range(500):
        writer.write_message(_record(number))
    writer.write_message(StateMessage(value={}))
    assert [json.loads(line)["type"] for line in sips.getvalue().splitlines()] == ["RECORD"] * 500 + ["STATE"]


def test_a_closed_stdout_is_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python has no stdout then; a stack trace would not say so."""
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(OutputFailed, match="standard output is closed"):
        LineWriter().write_message(StateMessage(value={}))
