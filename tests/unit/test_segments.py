"""Segments as keys."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_twitter_ads_async.stats.records.segments import UNKNOWN, Segment, segment_of

json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=3), inner, max_size=2)),
    max_leaves=4,
)
fields = st.dictionaries(st.sampled_from(["segment_name", "segment_value", "other"]), json_values)


@given(st.one_of(json_values, fields))
def test_a_key_is_a_text_and_never_empty(raw: t.Any) -> None:
    """`segment_value` is part of the primary key: targets refuse nulls there."""
    segment = segment_of(raw)
    assert type(segment.value) is str
    assert segment.value
    assert type(segment.name) in {str, type(None)}
    assert segment.name != ""


@pytest.mark.parametrize(
    ("raw", "segment"),
    [
        ({"segment_name": "Female", "segment_value": "gv2"}, Segment("gv2", "Female")),
        ({"segment_name": "Female"}, Segment("Female", "Female")),
        ({"segment_name": "Female", "segment_value": None}, Segment("Female", "Female")),
        ({"segment_name": "Female", "segment_value": ""}, Segment("Female", "Female")),
        ({"segment_name": None, "segment_value": "gv2"}, Segment("gv2", None)),
        ({"segment_value": 7}, Segment("7", None)),
        ({"segment_value": 7.0}, Segment("7", None)),
        ({"segment_value": 0}, Segment("0", None)),
        ({"segment_value": False}, Segment("false", None)),
        ({"segment_value": 7.5}, Segment("7.5", None)),
        ({"segment_value": {"a": 1}}, Segment('{"a":1}', None)),
        ({}, Segment(UNKNOWN, None)),
        (None, Segment(UNKNOWN, None)),
        ("Female", Segment("Female", "Female")),
        (12345678901234567890, Segment("12345678901234567890", "12345678901234567890")),
    ],
)
def test_what_stands_for_the_key(raw: t.Any, segment: Segment) -> None:
    """The value, else the name, else `UNKNOWN`; numbers as people write them."""
    assert segment_of(raw) == segment
