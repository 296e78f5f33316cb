"""Reading query parameters the way the API does: strict about form, blind to names it does not know."""

from __future__ import annotations

import re
import typing as t
from datetime import date, datetime

from tap_twitter_ads_async.simulator.clock import epoch
from tap_twitter_ads_async.simulator.errors import ErrorItem, Refusal, invalid, missing
from tap_twitter_ads_async.simulator.rules import MAX_IDS

if t.TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from tap_twitter_ads_async.simulator.entities import Account

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TIME = re.compile(
    r"(?P<stamp>\d{4}-\d\d-\d\dT\d\d:\d\d)(?::(?P<second>\d\d)(?:\.\d+)?)?"
    r"(?P<offset>Z|[+-]\d\d(?::?\d\d)?)"
)


class Params:
    """One request's parameters, by name."""

    def __init__(self, query: Mapping[str, str]) -> None:
        self._query = query

    def text(self, name: str) -> str | None:
        """Return a parameter as it came, or None when absent or empty."""
        return self._query.get(name) or None

    def required(self, name: str) -> str:
        """Return a parameter that must be there."""
        text = self.text(name)
        if text is None:
            raise missing(name)
        return text

    def choice(self, name: str, allowed: Collection[str], default: str | None = None) -> str | None:
        """Return one of the allowed words.

        Args:
            name: Parameter.
            allowed: Words that it may have.
            default: Used if it is missing; None makes it required.
        """
        text = self.text(name)
        if text is None:
            return default
        if text not in allowed:
            raise invalid(name, f'Expected one of {", ".join(sorted(allowed))}, got "{text}" for {name}', text)
        return text

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a boolean; only lower-case `true` and `false` are booleans."""
        text = self.text(name)
        if text is None:
            return default
        if text not in {"true", "false"}:
            raise invalid(name, f'Expected Boolean, got "{text}" for {name}', text)
        return text == "true"

    def words(self, name: str, maximum: int = MAX_IDS) -> list[str]:
        """Return a comma-separated list; an absent one is empty."""
        text = self.text(name)
        if text is None:
            return []
        values = text.split(",")
        if "" in values:
            raise invalid(name, f"Expected a comma-separated list without empty elements for {name}", text)
        if len(values) > maximum:
            raise invalid(name, f"A maximum of {maximum} values is allowed for {name}, got {len(values)}", text)
        return values

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """Return a whole number within bounds.

        Args:
            name: Parameter.
            default: Used if it is missing.
            low: Lowest number, inclusive.
            high: Highest number, inclusive.
        """
        text = self.text(name)
        if text is None:
            return default
        if not text.isdecimal() or not low <= int(text) <= high:
            raise invalid(name, f'Expected Integer from {low} to {high}, got "{text}" for {name}', text)
        return int(text)

    def time(self, name: str, account: Account) -> int:
        """Return a required moment as epoch seconds; a bare date is the account's midnight."""
        text = self._query.get(name)
        if text is None:
            raise missing(name)
        return parse_time(name, text, account)

    def exclusive(self, *names: str) -> None:
        """Refuse parameters that exclude each other."""
        given = [name for name in names if self.text(name) is not None]
        if len(given) > 1:
            listed = ", ".join(given)
            message = f"The parameters {listed} are mutually exclusive"
            raise Refusal(400, (ErrorItem("EXCLUSIVE_PARAMETERS", message, listed),))


def parse_time(name: str, text: str, account: Account) -> int:
    """Read one moment; every offset form that the API takes is taken.

    Args:
        name: Parameter, for the refusal.
        text: Its value.
        account: Whose time zone places a bare date.
    """
    try:
        if _DATE.fullmatch(text):
            return account.midnight(date.fromisoformat(text))
        match = _TIME.fullmatch(text)
        if match:
            offset = match["offset"].replace("Z", "+00:00").replace(":", "")
            offset = offset.ljust(5, "0")
            stamp = f"{match['stamp']}:{match['second'] or '00'}{offset[:3]}:{offset[3:]}"
            return epoch(datetime.fromisoformat(stamp))
    except ValueError:
        pass
    raise invalid(name, f'Expected time, got "{text}" for {name}', text, "invalid date")
