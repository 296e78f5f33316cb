"""Raw values into typed ones, as liberal as environment variables and old config files need.

Every function raises `WrongValueError` with a phrase that says what is allowed and what was found.
"""

from __future__ import annotations

import difflib
import json
import math
import re
import typing as t
from datetime import date
from pathlib import Path

if t.TYPE_CHECKING:
    from collections.abc import Iterable

_SHOWN_LENGTH = 60
_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off"})
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,18}")


class WrongValueError(ValueError):
    """A value is not what the setting allows; the message is a phrase that follows the setting's name."""


def shown(value: object) -> str:
    """Return a value as a message shows it: quoted, short, objects by kind only."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, (list, tuple)):
        return "a list" if value else "an empty list"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN_LENGTH else text[: _SHOWN_LENGTH - 1] + "…"


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return ` (did you mean …?)` for a near miss, else nothing."""
    by_lower = {name.lower(): name for name in known}
    wanted = re.sub(r"[\s-]+", "_", word.strip().lower())
    near = difflib.get_close_matches(wanted, by_lower, n=1, cutoff=0.6)
    return f" (did you mean {by_lower[near[0]]}?)" if near else ""


def text(value: object) -> str:
    """Return a non-empty string, without blanks around it."""
    if not isinstance(value, str):
        raise WrongValueError(f"must be a string, not {shown(value)}")
    if not value.strip():
        raise WrongValueError("must not be empty; leave it out for its default")
    return value.strip()


def folder(value: object) -> Path:
    """Return the path of a folder, which need not exist; `~` is the user's home."""
    return Path(text(value)).expanduser()


def secret(value: object) -> str:
    """Return a credential; no message shows it."""
    if not isinstance(value, str):
        raise WrongValueError("must be a quoted string, and has another type")
    stripped = value.strip()
    if not stripped:
        raise WrongValueError("must not be empty")
    if re.search(r"\s|[^\x21-\x7e]", stripped):
        raise WrongValueError("must be printable ASCII without spaces, and contains other characters")
    return stripped


def _in_words(minimum: float | None, maximum: float | None) -> str:
    if minimum is not None and maximum is not None:
        return f" from {minimum} to {maximum}"
    return f" of at least {minimum}" if minimum is not None else ""


def integer(value: object, minimum: int | None = None, maximum: int | None = None) -> int:
    """Return a whole number within bounds; digits in a string will do, a boolean will not.

    Args:
        value: Value to read.
        minimum: Lowest allowed number, inclusive; None for none.
        maximum: Highest allowed number, inclusive; None for none.
    """
    wrong = WrongValueError(f"must be a whole number{_in_words(minimum, maximum)}, not {shown(value)}")
    number_found: int
    if isinstance(value, bool):
        raise wrong
    if isinstance(value, int):
        number_found = value
    elif (isinstance(value, float) and value.is_integer()) or (
        isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value.strip())
    ):
        number_found = int(value)
    else:
        raise wrong
    too_small = minimum is not None and number_found < minimum
    if too_small or (maximum is not None and number_found > maximum):
        raise wrong
    return number_found


def seconds(value: object) -> float:
    """Return a number of seconds above zero; a numeric string will do."""
    wrong = WrongValueError(f"must be a number of seconds above 0, not {shown(value)}")
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise wrong
    try:
        found = float(value)
    except (ValueError, OverflowError):
        raise wrong from None
    if not math.isfinite(found) or found <= 0:
        raise wrong
    return found


def boolean(value: object) -> bool:
    """Return a boolean; the strings true, false, yes, no, on, off, 1, 0 in any case will do."""
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else ""
    if word in _TRUE | _FALSE:
        return word in _TRUE
    raise WrongValueError(f"must be true or false, not {shown(value)}")


def choice(value: object, allowed: Iterable[str]) -> str:
    """Return one of the allowed values, which are upper case; any case will do."""
    names = tuple(allowed)
    if isinstance(value, str) and value.strip().upper() in names:
        return value.strip().upper()
    near = suggestion(value, names) if isinstance(value, str) else ""
    raise WrongValueError(f"must be one of {', '.join(names)}, not {shown(value)}{near}")


def _decoded(value: str) -> object:
    try:
        return json.loads(value)
    except ValueError as error:
        raise WrongValueError(f"looks like a JSON list, but is not valid JSON: {error}") from None


def _split(value: str) -> list[str]:
    return [item for item in value.split(",") if item.strip()]


def _item(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise WrongValueError(f"must be a list of strings, and contains {shown(value)}")
    item = str(value).strip()
    if not item:
        raise WrongValueError("must be a list of strings, and contains an empty one")
    return item


def strings(value: object) -> tuple[str, ...]:
    """Return the strings of a list, of a JSON list in a string, or of a comma-separated string.

    Blanks around items and later duplicates are dropped; whole numbers become strings. May be empty.
    """
    raw = value
    if isinstance(raw, str):
        raw = _decoded(raw) if raw.strip().startswith("[") else _split(raw)
    elif isinstance(raw, int) and not isinstance(raw, bool):
        raw = [raw]  # a single id that consists of digits, in YAML or JSON
    if not isinstance(raw, (list, tuple)):
        raise WrongValueError(f"must be a list or one comma-separated string, not {shown(value)}")
    return tuple(dict.fromkeys(_item(item) for item in raw))


def some_strings(value: object) -> tuple[str, ...]:
    """Return at least one string; see `strings`."""
    found = strings(value)
    if not found:
        raise WrongValueError("must not be an empty list; leave it out for its default")
    return found


def choices(value: object, allowed: Iterable[str]) -> tuple[str, ...]:
    """Return allowed values, which are upper case; any case will do. May be empty."""
    names = tuple(allowed)
    found = strings(value)
    wrong = [item for item in found if item.upper() not in names]
    if wrong:
        hints = ", ".join(shown(item) + suggestion(item, names) for item in wrong)
        raise WrongValueError(f"allows {', '.join(names)}, not {hints}")
    return tuple(dict.fromkeys(item.upper() for item in found))


def some_choices(value: object, allowed: Iterable[str]) -> tuple[str, ...]:
    """Return at least one allowed value; see `choices`."""
    some_strings(value)
    return choices(value, allowed)


def country_codes(value: object) -> tuple[str, ...]:
    """Return at least one two-letter country code, upper case; whether it exists the API decides later."""
    found = some_strings(value)
    wrong = [item for item in found if not re.fullmatch(r"[A-Za-z]{2}", item)]
    if wrong:
        names = ", ".join(shown(item) for item in wrong)
        raise WrongValueError(f"must be two-letter ISO 3166 codes such as US, not {names}")
    return tuple(dict.fromkeys(item.upper() for item in found))


def account_ids(value: object) -> tuple[str, ...]:
    """Return at least one account id (base 36, lower case)."""
    found = strings(value)
    if not found:
        raise WrongValueError("must name at least one account; leave it out for every account")
    wrong = [item for item in found if not re.fullmatch(r"[0-9A-Za-z]{1,30}", item)]
    if wrong:
        names = ", ".join(shown(item) for item in wrong)
        raise WrongValueError(f"must be account ids of letters and digits such as 18ce54d4x5t, not {names}")
    return tuple(dict.fromkeys(item.lower() for item in found))


def objects(value: object) -> list[object]:
    """Return the entries of a list of objects, or of such a list as JSON text; the entries are not judged."""
    raw = value
    if isinstance(raw, str):
        if not raw.strip():
            return []
        try:
            raw = json.loads(raw)
        except ValueError as error:
            raise WrongValueError(f"must be a list of objects; as a string, JSON: {error}") from None
    if not isinstance(raw, (list, tuple)):
        raise WrongValueError(f"must be a list of objects, not {shown(raw)}")
    return list(raw)


def date_text(value: object) -> object:
    """Return a date or date-time object, as YAML readers make them, as ISO 8601 text; others unchanged."""
    return value.isoformat() if isinstance(value, date) else value
