"""Records in the types that their schema promises."""

from __future__ import annotations

import typing as t

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tap_twitter_ads_async.domain.schemas import load_schema
from tap_twitter_ads_async.objects.catalogue import ENDPOINTS
from tap_twitter_ads_async.objects.declaration import account_objects
from tap_twitter_ads_async.objects.shaping import Shaper

BY_NAME = {e.name: e for e in ENDPOINTS}
json_values: st.SearchStrategy[t.Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def shaped(schema: dict[str, t.Any], value: t.Any) -> t.Any:
    """Return what becomes of a value in a column."""
    shaper = Shaper(account_objects("x"), {"type": "object", "properties": {"x": schema}})
    return shaper({"x": value})["x"]


@settings(deadline=None)  # the machine may be busy
@given(
    stream=st.sampled_from(["campaigns", "tweets", "ab_tests", "cards", "targeting_events", "line_item_placements"]),
    data=st.data(),
)
def test_whatever_the_api_sends_the_record_fits_its_schema(stream: str, data: st.DataObject) -> None:
    """One misfit would make a warehouse refuse the whole load."""
    endpoint = BY_NAME[stream]
    schema = load_schema(stream)
    columns = [name for name in schema["properties"] if name not in endpoint.key]
    record = data.draw(st.dictionaries(st.sampled_from(columns), json_values, max_size=6))
    known = dict.fromkeys(endpoint.key, "k")
    Draft202012Validator(schema).validate(Shaper(endpoint, schema)({**record, **known}))


@settings(deadline=None)  # the machine may be busy
@given(st.integers(min_value=-(2**70), max_value=2**70))
def test_identifiers_stay_exact_at_any_size(number: int) -> None:
    """Tweet ids do not fit into a double; a rounded id joins to somebody else's tweet."""
    assert shaped({"type": ["string", "null"]}, number) == str(number)
    assert shaped({"type": ["integer", "null"]}, str(number)) == number


def test_numbers_of_money_are_never_rounded() -> None:
    """A fraction of a micro cannot be: better null, and told, than a guess."""
    assert shaped({"type": ["integer", "null"]}, 5_000_000.0) == 5_000_000
    assert shaped({"type": ["integer", "null"]}, 0.5) is None
    assert shaped({"type": ["integer", "null"]}, True) is None


def test_moments_are_iso_8601_in_utc() -> None:
    """Tweets tell the time in a format of their own, with an offset."""
    column = {"type": ["string", "null"], "format": "date-time"}
    assert shaped(column, "Tue Aug 27 22:22:12 +0200 2019") == "2019-08-27T20:22:12Z"
    assert shaped(column, "2026-01-01T00:00:00.000Z") == "2026-01-01T00:00:00.000Z"
    assert shaped(column, "soon") is None
    assert shaped(column, "") is None


def test_free_objects_keep_parts_that_nobody_has_documented() -> None:
    """Cards and tweets grow new parts; a JSON column holds them without a new release."""
    record = Shaper(BY_NAME["cards"], load_schema("cards"))(
        {"id": "1", "account_id": "a", "components": [{"type": "HOLOGRAM", "depth": 3, "media_keys": ["3_1"]}]}
    )
    assert record["components"] == [{"type": "HOLOGRAM", "depth": 3, "media_keys": ["3_1"]}]
