"""Fetching one result file: from where it may come, and whether it arrived whole."""

from __future__ import annotations

import gzip
import io
import tracemalloc
import typing as t
from dataclasses import dataclass, field

import pytest
import requests
import urllib3
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from tap_twitter_ads_async.api.envelope import Plain
from tap_twitter_ads_async.errors import SpoolError, TapError, Unavailable
from tap_twitter_ads_async.stats.jobs.result_file import UntrustedFile, UntrustedUrl, check_url, download
from tap_twitter_ads_async.stats.jobs.synchronous import SyncFirst
from tap_twitter_ads_async.stats.records.gunzip import TooLargeError, unpack
from tests.support.clocks import StillClock
from tests.support.fakes import FakeApi, entity_data, result_file
from tests.support.moments import at
from tests.support.plans import spec

if t.TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from tap_twitter_ads_async.api.connection import Params

API = "https://ads-api.x.com"
URL = "https://ton.twimg.com/advertiser-api-async-analytics/stats_job_1.json.gz?token=abc"
PACKED = result_file([entity_data("a", {"impressions": list(range(500))})])
ZEROS = gzip.compress(bytes(1 << 24), 9)
"""One gzip member of 16 MiB in 16 KiB."""


# --- where files may come from ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "api"),
    [
        (URL, API),
        ("https://x.com/file", API),
        ("https://ads-api.x.com/file", API),
        ("https://TON.Twimg.com:443/file", API),
        ("https://files.example.org/file", "https://files.example.org/api"),
        ("http://127.0.0.1:8081/file", "http://127.0.0.1:8080"),
        ("http://localhost:8081/file", "http://127.0.0.1:8080"),
        ("http://[::1]:8081/file", "http://localhost:8080"),
        ("https://ton.twimg.com/file", "http://localhost:8080"),
    ],
)
def test_files_come_from_the_vendor_or_from_where_the_api_is(url: str, api: str) -> None:
    """The vendor's host names change within its domains; a simulator has a second port."""
    check_url(url, api)


@pytest.mark.parametrize(
    ("url", "api"),
    [
        ("http://ton.twimg.com/file", API),
        ("https://twimg.com.example.org/file", API),
        ("https://nottwimg.com/file", API),
        ("https://notx.com/file", API),
        ("https://ton.twimg.com@example.org/file", API),
        ("https://example.org/https://ton.twimg.com/file", API),
        ("https://example.org#.twimg.com", API),
        ("https://169.254.169.254/latest/meta-data", API),
        ("https://127.0.0.1/file", API),
        ("https://localhost/file", API),
        ("https://10.0.0.1/file", "https://127.0.0.1"),
        ("file:///etc/passwd", API),
        ("ftp://ton.twimg.com/file", API),
        ("//ton.twimg.com/file", API),
        ("https:///file", API),
        ("", API),
        ("https://[::1/file?token=abc", API),
    ],
)
def test_any_other_place_is_refused_without_telling_tokens(url: str, api: str) -> None:
    """A file from elsewhere could be anything, and fetching it would tell who asks."""
    with pytest.raises(UntrustedUrl) as refused:
        check_url(url, api)
    assert "token" not in str(refused.value)


# --- whether they arrive whole ------------------------------------------------------------------------------------


class Dripping(io.RawIOBase):
    """A connection that gives some bytes at a time, and may break."""

    def __init__(self, content: bytes, step: int, error: Exception | None = None) -> None:
        self._rest, self._step, self._error = content, step, error

    @override
    def readable(self) -> bool:
        return True

    @override
    def read(self, size: int = -1) -> bytes:
        taken = self._rest[: self._step if size < 0 else min(size, self._step)]
        self._rest = self._rest[len(taken) :]
        if not taken and self._error:
            raise self._error
        return taken


@dataclass
class FileHost(FakeApi):
    """An API whose result files come from here."""

    body: t.Any = None
    headers: dict[str, str] = field(default_factory=dict)

    @override
    def open_result(self, url: str) -> requests.Response:
        response = requests.Response()
        response.status_code = 200
        response.raw = urllib3.HTTPResponse(body=self.body, headers=self.headers, status=200, preload_content=False)
        return response


def _fetch(path: Path, content: bytes, step: int = 1 << 20, **fields: t.Any) -> bytes:
    error = fields.pop("error", None)
    download(FileHost(body=Dripping(content, step, error), **fields).open_result, URL, path)
    return path.read_bytes()


@pytest.mark.parametrize("step", [1 << 20, 100, 2, 1])
@pytest.mark.parametrize(
    "content",
    [PACKED, gzip.decompress(PACKED), gzip.compress(PACKED), PACKED + gzip.compress(b" \n")],
    ids=["gzip", "plain", "twice", "members"],
)
def test_a_whole_file_is_kept_as_it_came(tmp_path: Path, content: bytes, step: int) -> None:
    """It waits on disk, packed, however its bytes dripped in."""
    assert _fetch(tmp_path / "1", content, step) == content


def test_a_transfer_encoding_that_is_the_file_s_own_packing_is_left_alone(tmp_path: Path) -> None:
    """Some hosts announce the file's gzip as an encoding of the transfer."""
    assert _fetch(tmp_path / "1", PACKED, headers={"content-encoding": "gzip"}) == PACKED


@pytest.mark.parametrize(
    "content",
    [
        b"",
        PACKED[:-1],
        PACKED[: len(PACKED) // 2],
        PACKED[:5],
        PACKED[:40] + bytes(4) + PACKED[44:],
        PACKED[:-8] + bytes(8),
        PACKED + PACKED[:-3],
    ],
    ids=["empty", "last byte", "half", "head", "body", "checksum", "second member"],
)
def test_a_file_that_broke_off_or_is_corrupt_is_tried_again(tmp_path: Path, content: bytes) -> None:
    """Taken for whole, it would cost a window; and nothing of it may stay in the spool."""
    with pytest.raises(Unavailable):
        _fetch(tmp_path / "1", content)
    assert list(tmp_path.iterdir()) == []


@given(st.integers(2, len(PACKED) - 1), st.sampled_from([1 << 20, 7]))
def test_no_truncation_of_a_packed_file_goes_unseen(
    tmp_path_factory: pytest.TempPathFactory, length: int, step: int
) -> None:
    """Every length but the right one."""
    with pytest.raises(Unavailable):
        _fetch(tmp_path_factory.mktemp("cut") / "1", PACKED[:length], step)


@pytest.mark.parametrize("content", [PACKED[:-20], PACKED[:1]], ids=["all but the end", "one byte"])
def test_a_packed_file_is_known_even_if_its_first_block_is_one_byte(tmp_path: Path, content: bytes) -> None:
    """Chunks are as large as the host likes."""
    with pytest.raises(Unavailable):
        _fetch(tmp_path / "1", content, step=1)


def test_a_plain_file_shorter_than_announced_is_tried_again(tmp_path: Path) -> None:
    """Unpacked files have no checksum; the announced length is all there is."""
    with pytest.raises(Unavailable):
        _fetch(tmp_path / "1", b'{"data": []', headers={"content-length": "12"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("error", [ConnectionResetError("gone"), TimeoutError("slow"), OSError("?")])
def test_a_connection_that_breaks_is_tried_again(tmp_path: Path, error: Exception) -> None:
    """And says what happened without the URL, which carries a token."""
    with pytest.raises(Unavailable) as failed:
        _fetch(tmp_path / "1", PACKED[:50], error=error)
    assert "token" not in str(failed.value)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_download_leaves_no_file(tmp_path: Path) -> None:
    """Even what is no error of ours cleans up."""
    with pytest.raises(KeyboardInterrupt):
        download(FileHost(body=_Interrupted()).open_result, URL, tmp_path / "1")
    assert list(tmp_path.iterdir()) == []


class _Interrupted(io.RawIOBase):
    @override
    def read(self, size: int = -1) -> bytes:
        raise KeyboardInterrupt


# --- how large they may be ----------------------------------------------------------------------------------------


def test_a_bomb_is_refused_for_good(tmp_path: Path) -> None:
    """A megabyte that unpacks to more than a gigabyte is no result of twenty entities; asking again will not help."""
    with pytest.raises(UntrustedFile) as refused:
        _fetch(tmp_path / "1", ZEROS * 65)
    assert isinstance(refused.value, TapError)
    assert not isinstance(refused.value, Unavailable)
    assert list(tmp_path.iterdir()) == []


def test_checking_a_file_keeps_nothing_of_it(tmp_path: Path) -> None:
    """A file is unpacked to see whether it is whole; memory must not hold what it unpacks to."""
    content = ZEROS * 12
    tracemalloc.start()
    try:
        _fetch(tmp_path / "1", content)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 32 * 1024**2


@given(st.lists(st.binary(max_size=3000), min_size=1, max_size=4))
def test_unpacking_gives_back_what_was_packed(parts: list[bytes]) -> None:
    """Members one after the other."""
    assert unpack(b"".join(map(gzip.compress, parts))) == b"".join(parts)


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4), st.integers(-1, 1))
def test_the_cap_counts_over_all_members(parts: list[bytes], room: int) -> None:
    """Many small members make a bomb as well."""
    packed, size = b"".join(map(gzip.compress, parts)), sum(map(len, parts))
    if room < 0 < size:
        with pytest.raises(TooLargeError):
            unpack(packed, size + room)
    else:
        assert len(unpack(packed, size + max(room, 0))) == size


@pytest.mark.parametrize("place", ["full", "missing"])
def test_what_the_disk_refuses_is_no_fault_of_the_download(tmp_path: Path, place: str) -> None:
    """Trying again would fetch the file in vain, a thousand times in a large run."""
    path = tmp_path / "gone" / "1.result"
    if place == "full":
        path = tmp_path / "1.result"
        path.symlink_to("/dev/full")
    with pytest.raises(SpoolError, match=f"Results cannot be stored in {path.parent}: No s"):
        _fetch(path, PACKED)
    assert not path.is_symlink()


def test_a_full_disk_is_no_fault_of_the_synchronous_endpoint_either(tmp_path: Path) -> None:
    """Else a job would be created whose result has no place."""

    class Api(FakeApi):
        @override
        def now(self) -> datetime:
            return clock.now()

        @override
        def statistics(self, account_id: str, params: Params) -> Plain:
            return Plain(b'{"data": []}', 249, 900.0)

    clock = StillClock(at("2026-04-01T10:20"))
    path = tmp_path / "1.result"
    path.symlink_to("/dev/full")
    ask = SyncFirst(Api(), "https://ads-api.x.com", clock).at_once(spec("c1", "2026-03-30", "2026-03-31"))
    assert ask is not None
    with pytest.raises(SpoolError, match=f"Results cannot be stored in {path.parent}: No space"):
        ask(path)
    assert not path.is_symlink()
