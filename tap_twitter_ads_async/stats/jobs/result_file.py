"""Fetching one result file: from where it may come, how large it may be, and whether it arrived whole."""

from __future__ import annotations

import contextlib
import typing as t
import zlib
from ipaddress import ip_address
from urllib.parse import urlsplit

import requests
import urllib3

from tap_twitter_ads_async.errors import TapError, Unavailable
from tap_twitter_ads_async.stats.jobs.spool_directory import disk_error
from tap_twitter_ads_async.stats.records.gunzip import MAGIC, TooLargeError, chunks

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


CHUNK = 1 << 20
_TRUSTED_DOMAINS = ("twimg.com", "twitter.com", "x.com")


class UntrustedUrl(TapError):
    """The API named a result file in a place where none of its files can lie."""


class UntrustedFile(TapError):
    """A result file is larger than any can be."""


def last_url(url: str) -> str:
    """Return the last absolute URL in what the API calls a job's url: it has been seen with two glued together."""
    return url[max(url.rfind("https://"), url.rfind("http://"), 0) :]


def check_url(url: str, api_url: str) -> None:
    """Refuse URLs that cannot be result files of this API.

    Files come over the scheme of `api_url` (or better), from the vendor's domains, from the host of `api_url`, or,
    if that is on the local machine, from the local machine.

    Raises:
        UntrustedUrl: The place is not trusted. The message leaves out path and query, which carry tokens.
    """
    try:
        file, api = urlsplit(url), urlsplit(api_url)
        host = file.hostname or ""
    except ValueError:
        raise UntrustedUrl("result file refused: its URL cannot be read") from None
    schemes = {"https", api.scheme}
    trusted = (
        host == api.hostname
        or (_is_local(host) and _is_local(api.hostname or ""))
        or any(host == d or host.endswith(f".{d}") for d in _TRUSTED_DOMAINS)
    )
    if file.scheme not in schemes or not trusted:
        raise UntrustedUrl(f"result file refused: {file.scheme}://{host} is not where this API keeps its files")


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def download(open_result: Callable[[str], requests.Response], url: str, path: Path) -> None:
    """Fetch a result file to `path` as it comes, and make sure that it is whole.

    Args:
        open_result: Opens a URL for streaming.
        url: Where the file is.
        path: Where it is kept.

    Raises:
        Unavailable: The file is not there (yet), broke off, or does not unpack.
        UntrustedFile: It is larger than any result.
        SpoolError: The disk does not take it, or does not give it back.
    """
    try:
        with open_result(url) as response, _kept(path) as keep:
            # Undecoded, because some hosts announce the file's own gzip as a transfer encoding.
            for block in response.raw.stream(CHUNK, decode_content=False):
                keep(block)
        _check_whole(path)
    except TooLargeError as error:
        path.unlink(missing_ok=True)
        raise UntrustedFile(f"result file refused: {error}") from None
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, EOFError, zlib.error) as error:
        path.unlink(missing_ok=True)
        raise Unavailable(f"result file broke off or is corrupt ({type(error).__name__})") from None
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def keep_whole(path: Path, content: bytes) -> None:
    """Write a result that has come whole.

    Raises:
        SpoolError: The disk does not take it.
    """
    try:
        with _kept(path) as keep:
            keep(content)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _kept(path: Path) -> Iterator[Callable[[bytes], None]]:
    """Give a function that writes to a file; what the disk refuses is no fault of the download."""

    @contextlib.contextmanager
    def on_disk() -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise disk_error(path.parent, error) from None

    def keep(block: bytes) -> None:
        with on_disk():
            out.write(block)

    with on_disk():
        out = path.open("wb")
    try:
        yield keep
    finally:
        with on_disk():
            out.close()


def _check_whole(path: Path) -> None:
    """Make sure that a file is not empty and, where it is packed, that its checksums are right.

    Raises:
        Unavailable: It is empty.
        OSError, EOFError, zlib.error: It broke off, or is corrupt.
        TooLargeError: It unpacks to more than any result.
    """
    with path.open("rb") as file:
        start = file.read(1)
        if not start:
            raise Unavailable("result file is empty")
        file.seek(0)
        if start == MAGIC[:1]:  # JSON cannot start with it, and a file may have broken off behind it
            for _ in chunks(file):
                continue
