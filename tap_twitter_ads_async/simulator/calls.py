"""One request on its way through the server, and one answer."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

if t.TYPE_CHECKING:
    from tap_twitter_ads_async.simulator.entities import Account
    from tap_twitter_ads_async.simulator.params import Params


@dataclass
class Call:
    """A request to the API."""

    method: str
    url: str
    """The whole URL as the client wrote it: what it signed."""
    path: str
    query: dict[str, str]
    authorization: str | None
    segments: tuple[str, ...] = ()
    """The path below the version."""
    account: Account | None = None

    @property
    def account_id(self) -> str:
        """Return the account that the path names, readable or not."""
        if self.segments[:1] == ("accounts",):
            return self.segments[1] if len(self.segments) > 1 else ""
        if self.segments[:2] == ("stats", "jobs"):
            return self.segments[3] if len(self.segments) > 3 else ""  # noqa: PLR2004 - stats/jobs/accounts/:id
        if self.segments[:1] == ("stats",):
            return self.segments[2] if len(self.segments) > 2 else ""  # noqa: PLR2004 - stats/accounts/:id
        return ""


@dataclass
class Answer:
    """What goes back: a JSON body and headers."""

    status: int
    body: dict[str, t.Any]
    headers: dict[str, str] = field(default_factory=dict)


Handler = t.Callable[["Call", "Params"], Answer]
