"""The tap is killed again and again while its API misbehaves; in the end nothing is missing and nothing is wrong."""

from __future__ import annotations

import typing as t

import pytest

from tests.chaos.storm import Storm, Target

if t.TYPE_CHECKING:
    from pathlib import Path

ROUNDS = 4
SEED = 20268048
"""Ends the tap in each of the ways, always in bad weather; `scripts/chaos.py` goes on for as long as one likes."""
BATCH_ROUNDS, BATCH_SEEDS = 2, {"jsonl": 1, "parquet": 2}
ENDS = {"kill after lines", "kill after seconds", "terminate"}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_kills_and_faults_lose_nothing(tmp_path: Path) -> None:
    """Each run starts from what the target had flushed, so the union by key must be the truth."""
    told: list[str] = []
    storm = Storm(tmp_path, seed=SEED, tell=told.append)
    with storm.sim:
        storm.prepare()
        for _ in range(ROUNDS):
            storm.round()
        assert storm.conclude() > 1000, told
    assert {words.partition(",")[0] for words in told} >= ENDS, f"another seed is due: {told}"


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_kills_and_faults_lose_nothing_in_batch_files(tmp_path: Path, form: str) -> None:
    """Rows wait in an open file for their BATCH line; a kill takes them, and the state must not have claimed them."""
    told: list[str] = []
    storm = Storm(tmp_path, seed=BATCH_SEEDS[form], tell=told.append, form=form)
    with storm.sim:
        storm.prepare()
        for _ in range(BATCH_ROUNDS):
            storm.round()
        assert storm.conclude() > 1000, told
    assert any(words.startswith("kill") for words in told), f"another seed is due: {told}"


def test_the_target_forgets_what_no_state_line_covers() -> None:
    """A target that kept more than it confirmed would hide what the state forgot."""
    target = Target()
    key = b'{"type": "SCHEMA", "stream": "account_stats", "schema": {}, "key_properties": ["id"]}'
    rows = [b'{"type": "RECORD", "stream": "account_stats", "record": {"id": %d}}' % i for i in range(3)]
    states = [b'{"type": "STATE", "value": {"number": %d}}' % i for i in range(3)]
    target.take([key, rows[0], states[0], rows[1], states[1], rows[2]], states_unflushed=0)
    assert (list(target.held["account_stats"]), target.state) == ([(0,), (1,)], {"number": 1})
    target.take([key, rows[2], states[2], rows[2]], states_unflushed=5)
    assert (list(target.held["account_stats"]), target.state) == ([(0,), (1,), (2,)], {"number": 2})
    target.take([key, rows[2]], states_unflushed=0)
    assert target.state == {"number": 2}
