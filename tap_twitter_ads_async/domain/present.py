"""How close to the present a claim may come: what bookmarks of every kind have in common.

The API's servers list a change some seconds late, and their clocks differ a little. What was read just now may
therefore lack what happened just before; a bookmark stays behind by a margin, so that the next run looks again.
"""

from __future__ import annotations

import typing as t
from datetime import timedelta

if t.TYPE_CHECKING:
    from datetime import datetime

MARGIN = timedelta(minutes=10)
"""How far bookmarks stay behind the API's present."""
NOBODYS_CLOCK = timedelta(days=1)
"""No clock is so far ahead: a bookmark that is was not left by a run, so that it says nothing."""


def settled(now: datetime) -> datetime:
    """Return the moment up to which everything can have been listed."""
    return now - MARGIN


def is_ahead(bookmark: datetime, now: datetime) -> bool:
    """Whether a bookmark lies in the future."""
    return bookmark > now


def believed(bookmark: datetime, now: datetime) -> datetime | None:
    """Return how far a bookmark can be believed.

    A run whose clock was ahead left it a little too late; everything up to about now has been read all the same.

    Returns:
        The bookmark, at most the margin before now; None if it is too far ahead for any clock error.
    """
    return None if bookmark > now + NOBODYS_CLOCK else min(bookmark, settled(now))
