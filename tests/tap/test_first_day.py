"""What a newcomer reads when something is missing: the host, the reason, and the setting to look at."""

from __future__ import annotations

import os
import subprocess
import sys
import typing as t

if t.TYPE_CHECKING:
    import pytest

    from tests.support.world import World


def test_a_refused_connection_names_host_reason_and_setting(world: World) -> None:
    """The kind of an exception tells nobody that the sandbox is not running any more."""
    config = world.config(api_url="http://127.0.0.1:9", account_ids=None)
    outcome = world.invoke("--config", world.write("config.json", config))
    assert outcome.exit_code != 0
    assert "GET accounts from 127.0.0.1:9 (connection refused; check the setting 'api_url'" in outcome.log


def test_variables_that_nobody_reads_are_told_of(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has exported all five variables and forgets `--config ENV` hears "is missing" five times."""
    for name, value in world.config().items():
        monkeypatch.setenv(f"TAP_TWITTER_ADS_ASYNC_{name.upper()}", str(value))
    outcome = world.invoke()
    assert outcome.exit_code == 2
    assert "The environment contains TAP_TWITTER_ADS_ASYNC_CONSUMER_KEY" in outcome.log
    assert "add --config ENV to use it" in outcome.log
    assert str(world.config()["consumer_secret"]) not in outcome.log


def test_the_trial_ends_with_accounts_and_a_verdict_for_each_stream(world: World) -> None:
    """A person wants to know which account was read and whether each stream will work."""
    outcome = world.invoke("--config", world.write("config.json", world.config()), "--test")
    assert outcome.exit_code == 0, outcome.log
    (account,) = world.sim.api.world.accounts.values()
    assert f"Can read account {account.id}: {account.name}, {account.timezone}" in outcome.log
    assert "Credentials accepted; 1 account can be read" in outcome.log
    streams = [e["stream"] for e in world.discover({})["streams"] if e["stream"].endswith("_stats")]
    verdicts = {
        name: [v for v in ("works", "not tried, because") if f"Verdict on stream {name}: {v}" in outcome.log]
        for name in streams
    }
    assert all(len(found) == 1 for found in verdicts.values()), verdicts
    assert verdicts["campaign_stats"] == ["works"]


def test_about_as_text_describes_each_setting(world: World) -> None:
    """A list of names and types is no help to who asks for help."""
    outcome = world.invoke("--about")
    assert "Whether to offer the streams with personal data" in " ".join(outcome.stdout.decode().split())
    assert "default DAY" in outcome.stdout.decode()
    assert "consumer_key (string, required)" in outcome.stdout.decode()


def test_help_says_what_the_trial_does(world: World) -> None:
    """The SDK's own words promise one record per stream, which this tap does not emit."""
    words = " ".join(world.invoke("--help").stdout.decode().split())
    assert "one small job per selected stats stream" in words


def test_the_simulator_without_its_extra_names_it() -> None:
    """A stack trace about a missing module does not tell which extra brings it."""
    code = "import sys; sys.modules['aiohttp'] = None; import tap_twitter_ads_async.simulator.__main__"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=os.environ)
    assert done.returncode == 1
    assert "tap-twitter-ads-async[simulator]" in done.stderr
    assert "Traceback" not in done.stderr
