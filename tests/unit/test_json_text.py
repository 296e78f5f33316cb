"""JSON that the strict decoder refuses although the answer is whole."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_twitter_ads_async.domain.json_text import REPLACEMENT, lenient, repair

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def _read(text: bytes) -> tuple[object, int]:
    told: list[None] = []
    value = lenient(msgspec.json.decode, text, lambda: told.append(None))
    return value, len(told)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (rb'{"a":"\ud83d"}', {"a": REPLACEMENT}),
        (rb'{"a":"\ude00 \ud83d\ude00"}', {"a": f"{REPLACEMENT} \N{GRINNING FACE}"}),
        (b'{"a":"\xff"}', {"a": REPLACEMENT}),
        (b'{"a":"x\x01\ty"}', {"a": "x\x01\ty"}),
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        (b'{"a":NaN,"b":[Infinity,-Infinity]}', {"a": None, "b": [None, None]}),
        (b'{"a":1e999}', {"a": None}),
        (b'{"n":90071992547409931234567,"a":"\xff"}', {"n": 90071992547409931234567, "a": REPLACEMENT}),
    ],
)
def test_a_whole_answer_with_broken_text_is_read(text: bytes, value: object) -> None:
    """What people wrote into names must not cost their figures."""
    assert _read(text) == (value, 1)


@pytest.mark.parametrize("text", [b"", b"{", b'{"a":1', b'{"a":"\\ud83d', b"<html>", b'{"a":1}{', b'{"a":[1,]}'])
def test_what_is_no_whole_json_stays_an_error(text: bytes) -> None:
    """An answer that broke off must be asked for again, never be guessed to its end."""
    assert repair(text) is None
    with pytest.raises(msgspec.DecodeError):
        _read(text)


@given(values)
def test_sound_json_is_left_alone(value: object) -> None:
    """Nothing is told, and nothing changed."""
    text = json.dumps(value, ensure_ascii=True).encode()
    if "\\ud" not in json.dumps(value):
        assert _read(text) == (msgspec.json.decode(text), 0)


@given(values)
def test_a_repair_changes_nothing_but_what_is_broken(value: object) -> None:
    """The lenient reader gets what the strict one would."""
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    repaired = repair(text)
    assert repaired is not None
    assert json.loads(repaired) == json.loads(text)
