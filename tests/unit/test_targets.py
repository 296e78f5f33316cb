"""Countries and platforms as the API wants them."""

from __future__ import annotations

import pytest

from tap_twitter_ads_async.errors import SettingsError
from tap_twitter_ads_async.stats.plan.spec import TargetingValue
from tap_twitter_ads_async.stats.plan.targeting import Targeting
from tests.unit.builders import definition
from tests.unit.fakes import FakeApi

US, GB = TargetingValue("96683cc9126741d1", "US"), TargetingValue("6416b8512febefc9", "GB")
IOS, ANDROID = TargetingValue("0", "iOS"), TargetingValue("1", "Android")


def _api() -> FakeApi:
    return FakeApi(
        country_rows=[
            {"country_code": "US", "targeting_value": US.value, "name": "United States"},
            {"country_code": "gb", "targeting_value": GB.value, "name": "United Kingdom"},
            {"country_code": None, "targeting_value": "x"},
            {"country_code": "FR", "targeting_value": None},
        ],
        platform_rows=[{"targeting_value": "0", "name": "iOS"}, {"targeting_value": 1, "name": "Android"}],
    )


def test_streams_that_need_neither_ask_nothing() -> None:
    """Global reads are few; most streams need none."""
    api = _api()
    targets = Targeting(api)
    stream = definition(segmentation_type="GENDER", country_codes=("US",))
    targets.check([stream])
    assert (targets.countries(stream), targets.platforms(stream)) == ((None,), (None,))
    assert api.asked == []


def test_countries_are_resolved_in_the_order_of_the_setting() -> None:
    """One job per country; codes are looked up in one list, read once per run."""
    api = _api()
    targets = Targeting(api)
    metros = definition(segmentation_type="METROS", country_codes=("GB", "US"))
    assert targets.countries(metros) == (GB, US)
    assert targets.countries(definition(segmentation_type="REGIONS", country_codes=("US",))) == (US,)
    assert api.asked == [("countries",)]


@pytest.mark.parametrize(
    ("written", "resolved"),
    [((), (IOS, ANDROID)), (("android",), (ANDROID,)), (("1", "iOS"), (ANDROID, IOS)), (("iOS", "0", "IOS"), (IOS,))],
)
def test_platforms_are_named_by_name_or_value_and_all_by_default(
    written: tuple[str, ...], resolved: tuple[TargetingValue, ...]
) -> None:
    """A platform named twice is asked for once."""
    api = _api()
    targets = Targeting(api)
    stream = definition(segmentation_type="DEVICES", platforms=written)
    assert targets.platforms(stream) == resolved
    targets.platforms(stream)
    assert api.asked == [("platforms",)]


def test_unknown_ones_are_told_all_at_once_with_those_that_exist() -> None:
    """Before any job: a wrong code costs a message, not a day."""
    streams = [
        definition(name="by_metros", segmentation_type="METROS", country_codes=("US", "XX", "FR")),
        definition(name="by_devices", segmentation_type="DEVICES", platforms=("iOS", "Symbian")),
        definition(name="fine", segmentation_type="REGIONS", country_codes=("GB",)),
    ]
    with pytest.raises(SettingsError) as refused:
        Targeting(_api()).check(streams)
    message = str(refused.value)
    assert "stream by_metros: XX, FR unknown" in message
    assert "GB, US" in message
    assert "stream by_devices: Symbian unknown" in message
    assert "iOS (0), Android (1)" in message
    assert "stream fine" not in message


def test_a_platform_without_a_value_is_passed_over() -> None:
    """As a country without one is: it cannot be asked for."""
    api = _api()
    api.platform_rows.append({"name": "Windows Phone", "targeting_value": None})
    api.platform_rows.append({"name": "Feature phone"})
    assert Targeting(api).platforms(definition(segmentation_type="DEVICES")) == (IOS, ANDROID)
