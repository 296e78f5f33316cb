"""Reproducible pseudo-randomness: every figure of the world is a hash of where it stands."""

from __future__ import annotations

import hashlib
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Sequence

_MASK = (1 << 64) - 1
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"

T = t.TypeVar("T")


def salt(*parts: object) -> int:
    """Return 64 bits that depend on every part."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def mix(value: int) -> int:
    """Scramble 64 bits (the finaliser of splitmix64): cheap enough for one call per entity and hour."""
    value &= _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


def pick(options: Sequence[T], *parts: object) -> T:
    """Choose one of the options by hash."""
    return options[salt(*parts) % len(options)]


def share(*parts: object) -> float:
    """Return a number in [0, 1)."""
    return salt(*parts) / 2.0**64


def base36(value: int) -> str:
    """Write a number the way ads entities are named: lower-case base 36."""
    digits = []
    while value:
        value, rest = divmod(value, 36)
        digits.append(_BASE36[rest])
    return "".join(reversed(digits)) or "0"


def base36_id(length: int, *parts: object) -> str:
    """Return a base-36 id of exactly `length` characters."""
    low = 36 ** (length - 1)
    return base36(low + salt(*parts) % (35 * low))


def snowflake(*parts: object) -> str:
    """Return a 19-digit decimal id, as tweets, cards and jobs have."""
    return str(10**18 + salt(*parts) % (8 * 10**18))
