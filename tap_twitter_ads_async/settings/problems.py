"""Everything wrong with the settings, collected so that the user can correct it at once."""

from __future__ import annotations

import typing as t

from tap_twitter_ads_async.errors import SettingsError
from tap_twitter_ads_async.settings.values import WrongValueError

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_T = t.TypeVar("_T")
_D = t.TypeVar("_D")
_REDACTED = "[secret]"
_SECRET_LENGTH = 6  # shorter "secrets" are made up, and blotting them out would garble messages


class InvalidSettingsError(SettingsError):
    """One or more settings are wrong.

    Attributes:
        problems: One line each: the setting, what is wrong with it, what is allowed.
    """

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        lines = "".join(f"\n  - {problem}" for problem in problems)
        super().__init__(f"The settings cannot be used ({count}); nothing was requested:{lines}")


class Problems:
    """Collects what is wrong, and keeps secrets out of it."""

    def __init__(self, secrets: Mapping[str, object]) -> None:
        """Take the raw value of each secret setting by its name."""
        self._secret_settings = frozenset(secrets)
        texts = {value for value in secrets.values() if isinstance(value, str)}
        # Longest first: one secret may begin with another.
        self._secrets = sorted((s for s in texts if len(s) >= _SECRET_LENGTH), key=len, reverse=True)
        self._found: dict[str, None] = {}

    def add(self, setting: str, phrase: str) -> None:
        """Record a problem.

        Args:
            setting: Name of the setting, such as `window_days` or `reports[0].entity`.
            phrase: What is wrong and what is allowed.
        """
        self._found[f"{setting}: {phrase}"] = None

    def check(self, setting: str, value: object, convert: Callable[[object], _T], default: _D) -> _T | _D:
        """Return a value converted; or record why it cannot be, and return the default.

        Args:
            setting: Name, for messages.
            value: Value to convert.
            convert: Converts it, or raises `WrongValueError`.
            default: Returned if the value cannot be used.
        """
        try:
            return convert(value)
        except WrongValueError as error:
            self.add(setting, self._phrase(setting, value, convert, error))
            return default

    def _phrase(self, setting: str, value: object, convert: Callable[[object], t.Any], error: WrongValueError) -> str:
        """Return the error's phrase as it reads when the value holds no secret.

        A secret pasted into another setting is blotted out in the value, not in the phrase: phrases shorten
        long values, and words of the phrase may equal a made-up secret.
        """
        if setting in self._secret_settings:  # phrases about these show no value
            return str(error)
        blotted = self._blotted(value)
        if blotted == value:
            return str(error)
        try:
            convert(blotted)
        except WrongValueError as without_secret:
            return str(without_secret)
        return "must not contain the secret of another setting"

    def _blotted(self, value: object) -> object:
        if isinstance(value, dict):
            return {key: self._blotted(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._blotted(item) for item in value]
        if not isinstance(value, str):
            return value
        for secret in self._secrets:
            value = value.replace(secret, _REDACTED)
        return value

    def raise_if_any(self) -> None:
        """Raise one error that names every problem.

        Raises:
            InvalidSettingsError: Something is wrong.
        """
        if self._found:
            raise InvalidSettingsError(tuple(self._found))
