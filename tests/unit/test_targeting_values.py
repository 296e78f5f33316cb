"""Countries and platforms as the API wants them."""

from __future__ import annotations

import sys
import threading
import typing as t
from concurrent.futures import ThreadPoolExecutor

import pytest

from tap_twitter_ads_async.clock import Clock
from tap_twitter_ads_async.errors import SettingsError, Unavailable
from tap_twitter_ads_async.stats.plan.spec import TargetingValue
from tap_twitter_ads_async.stats.plan.targeting import Targeting
from tap_twitter_ads_async.stats.plan.targeting_cache import LONGEST_AGE_SECONDS, TargetingCache
from tests.support.clocks import StillClock
from tests.support.fakes import FakeApi
from tests.support.moments import at
from tests.support.plans import definition

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from pathlib import Path

    from tap_twitter_ads_async.settings.model import StatsDefinition

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
    targeting = Targeting(api)
    stream = definition(segmentation_type="GENDER", country_codes=("US",))
    targeting.check([stream])
    assert (targeting.countries(stream), targeting.platforms(stream)) == ((None,), (None,))
    assert api.asked == []


def test_countries_are_resolved_in_the_order_of_the_setting() -> None:
    """One job per country; codes are looked up in one list, read once per run."""
    api = _api()
    targeting = Targeting(api)
    metros = definition(segmentation_type="METROS", country_codes=("GB", "US"))
    assert targeting.countries(metros) == (GB, US)
    assert targeting.countries(definition(segmentation_type="REGIONS", country_codes=("US",))) == (US,)
    assert api.asked == [("countries",)]


def test_the_default_country_is_known_without_asking() -> None:
    """Look-ups are counted for the token: a hundred runs that need none must make none."""
    api = _api()
    assert Targeting(api).countries(definition(segmentation_type="METROS", country_codes=("US",))) == (US,)
    assert api.asked == []


@pytest.mark.parametrize("segmentation", ["DEVICES", "METROS"])
def test_an_empty_list_is_no_answer(segmentation: str) -> None:
    """Jobs for each platform of none would be no jobs, and days without numbers counted as extracted."""
    api = FakeApi(country_rows=[], platform_rows=[])
    targeting = Targeting(api)
    stream = definition(segmentation_type=segmentation, country_codes=("GB",))
    targeting.check([stream])
    resolve = targeting.countries if segmentation == "METROS" else targeting.platforms
    for _ in range(2):
        with pytest.raises(Unavailable, match="is empty"):
            resolve(stream)
    assert len(api.asked) == 1


@pytest.mark.parametrize(
    ("written", "resolved"),
    [((), (IOS, ANDROID)), (("android",), (ANDROID,)), (("1", "iOS"), (ANDROID, IOS)), (("iOS", "0", "IOS"), (IOS,))],
)
def test_platforms_are_named_by_name_or_value_and_all_by_default(
    written: tuple[str, ...], resolved: tuple[TargetingValue, ...]
) -> None:
    """A platform named twice is asked for once."""
    api = _api()
    targeting = Targeting(api)
    stream = definition(segmentation_type="DEVICES", platforms=written)
    assert targeting.platforms(stream) == resolved
    targeting.platforms(stream)
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


class TestBetweenRuns:
    """What one run has looked up serves the next."""

    METROS = definition(segmentation_type="METROS", country_codes=("GB",))
    DEVICES = definition(segmentation_type="DEVICES")

    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """Give the cache a folder of its own."""
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        return tmp_path

    @staticmethod
    def run(clock: StillClock, *streams: StatsDefinition, api: FakeApi | None = None, base: str = "x/12") -> list[str]:
        """Resolve what a run needs; return the look-ups that it made."""
        api = api or _api()
        targeting = Targeting(api, TargetingCache(base, clock))
        targeting.check(streams)
        return [what for what, *_ in api.asked]

    def test_a_list_is_looked_up_once_a_week(self) -> None:
        """A hundred runs in an hour share one look-up, and a renamed platform is not missed for ever."""
        clock = StillClock(at("2026-03-08"))
        assert self.run(clock, self.METROS, self.DEVICES) == ["countries", "platforms"]
        assert self.run(clock, self.METROS, self.DEVICES) == []
        clock.wait(LONGEST_AGE_SECONDS + 1)
        assert self.run(clock, self.METROS, self.DEVICES) == ["countries", "platforms"]

    def test_a_name_that_the_list_lacks_is_looked_up_again(self) -> None:
        """The API may have learned it since; if not, once per run is enough."""
        clock, api = StillClock(at("2026-03-08")), _api()
        self.run(clock, self.METROS)
        api.country_rows.append({"country_code": "DE", "targeting_value": "fdcd221ac44fa326"})
        german = definition(segmentation_type="METROS", country_codes=("GB", "DE"))
        assert self.run(clock, german, api=api) == ["countries"]
        unknown = [definition(name=n, segmentation_type="METROS", country_codes=("XX",)) for n in "ab"]
        with pytest.raises(SettingsError, match="XX unknown"):
            self.run(clock, *unknown, api=api)
        assert len(api.asked) == 2

    def test_another_api_has_lists_of_its_own(self) -> None:
        """Values of the sandbox must not reach production."""
        clock = StillClock(at("2026-03-08"))
        self.run(clock, self.DEVICES)
        assert self.run(clock, self.DEVICES, base="y/12") == ["platforms"]

    def test_runs_that_start_together_ask_once(self) -> None:
        """An engine starts its shards at the same minute, on the first day with nothing kept."""
        api, moment = _api(), threading.Event()

        class Slow(FakeApi):
            @override
            def platforms(self) -> list[dict[str, t.Any]]:
                moment.wait(0.2)  # the others would ask by then
                return api.platforms()

        def resolve(_: int) -> object:
            return Targeting(Slow(), TargetingCache("x/12", Clock())).platforms(self.DEVICES)

        with ThreadPoolExecutor(4) as runs:
            assert set(runs.map(resolve, range(4))) == {(IOS, ANDROID)}
        assert api.asked == [("platforms",)]

    @pytest.mark.parametrize(
        "content",
        [
            *("", "[]", "{", "\0", '{"platforms": 1}', '{"platforms": {"read_at": "x", "values": [[0]]}}'),
            '{"platforms": {"read_at": 9e9, "values": [["0", "iOS"]]}}',  # of the future: a clock was wrong
            '{"platforms": {"read_at": NaN, "values": [["0", "iOS"]]}}',
            '{"platforms": {"read_at": 1772900000, "values": "iOS"}}',
            "[" * 100_000,
        ],
        ids=range(10),
    )
    def test_a_file_that_is_no_cache_is_written_anew(self, folder: Path, content: str) -> None:
        """Whoever edited or cut it off: a run is not worse off than without."""
        clock = StillClock(at("2026-03-08"))
        self.run(clock, self.DEVICES)
        (file,) = folder.rglob("targeting-*.json")
        file.write_text(content, "utf-8")
        assert self.run(clock, self.DEVICES) == ["platforms"]
        assert self.run(clock, self.DEVICES) == []

    def test_a_folder_that_cannot_be_written_is_no_failure(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Containers often have no writable home."""
        (folder / "file").write_text("", "utf-8")
        monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "file"))
        clock = StillClock(at("2026-03-08"))
        assert [self.run(clock, self.DEVICES) for _ in range(2)] == [["platforms"]] * 2

    def test_refused_values_are_forgotten(self) -> None:
        """A value that the API has replaced would fail for a week."""
        clock = StillClock(at("2026-03-08"))
        self.run(clock, self.DEVICES)
        Targeting(_api(), TargetingCache("x/12", clock)).distrust()
        assert self.run(clock, self.DEVICES) == ["platforms"]
