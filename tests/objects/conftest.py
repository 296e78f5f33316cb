"""The object streams against the small API."""

from __future__ import annotations

import typing as t

import pytest

from tests.support.rig import Rig
from tests.support.small_api import SmallApi, serving

if t.TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def rig() -> Iterator[Rig]:
    """A rig with one readable account, `a1`."""
    with serving(SmallApi()) as api:
        rig = Rig(api)
        rig.accounts("a1")
        yield rig
