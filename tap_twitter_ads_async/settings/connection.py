"""The settings of the connection: where requests go and how they introduce themselves."""

from __future__ import annotations

import re
from importlib import metadata
from urllib.parse import urlsplit

from tap_twitter_ads_async.settings import values

_DISTRIBUTION = "tap-twitter-ads-async"


def default_user_agent() -> str:
    """Return the User-Agent header of this version of the tap."""
    try:
        return f"{_DISTRIBUTION}/{metadata.version(_DISTRIBUTION)}"
    except metadata.PackageNotFoundError:  # run from a checkout that was never installed
        return f"{_DISTRIBUTION}/unknown"


def base_url(value: object) -> str:
    """Return the base of all requests: scheme, host and maybe a path, without a slash at the end."""
    found = values.text(value)
    allowed = "must be an http or https URL such as https://ads-api.x.com"
    try:
        parts = urlsplit(found)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise values.WrongValueError(f"{allowed}; this is not one") from None
    if parts.username is not None or parts.password is not None:
        raise values.WrongValueError(f"{allowed}, without user name and password in it")
    if parts.scheme not in {"http", "https"} or not host or re.search(r"\s", found):
        raise values.WrongValueError(f"{allowed}, not {values.shown(found)}")
    if parts.query or parts.fragment:
        raise values.WrongValueError(f"{allowed}, without ? and #")
    if re.search(r"/[0-9]+$", parts.path.rstrip("/")):
        raise values.WrongValueError(f"{allowed}, without the version, which is setting 'api_version'")
    return found.rstrip("/")


def version(value: object) -> str:
    """Return the version segment of the API's paths; a whole number will do."""
    found = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if isinstance(found, str) and re.fullmatch(r"[0-9]{1,4}", found.strip()):
        return found.strip()
    raise values.WrongValueError(f'must be the number of an API version such as "12", not {values.shown(value)}')


def user_agent(value: object) -> str:
    """Return a User-Agent header."""
    found = values.text(value)
    if re.search(r"[^\x20-\x7e]", found):
        raise values.WrongValueError(f"must be printable ASCII, as HTTP headers are, not {values.shown(found)}")
    return found
