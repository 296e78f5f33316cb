"""The log handlers that the SDK leaves on the root logger, one for each plugin that starts."""

from __future__ import annotations

import logging
import typing as t
from contextlib import contextmanager

if t.TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def taken_off() -> Iterator[None]:
    """Take off the handlers that the block adds.

    A process is expected to start one plugin. One that starts hundreds would have each line written hundreds of times,
    to the output of runs that are over.
    """
    root = logging.getLogger()
    before = [*root.handlers]
    try:
        yield
    finally:
        for handler in [*root.handlers]:
            if type(handler) is logging.StreamHandler and handler not in before:
                root.removeHandler(handler)
