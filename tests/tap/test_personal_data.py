"""Personal data stays with X until somebody asks for it by name."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from tests.support.world import Json, World

PERSONAL = ("tax_settings", "user_settings")
PRIVATE = ("tax_id", "address_email", "address_last_name", "address_street", "notification_email", "contact_phone")


def names(catalog: Json) -> set[str]:
    """Return the streams of a catalog."""
    return {entry["stream"] for entry in catalog["streams"]}


def personal_values(world: World) -> set[str]:
    """Return what the simulated API knows of people: every text that is long enough to be told from others."""
    found = set()
    for account_id in world.account_ids:
        for collection in PERSONAL:
            for record in world.sim.objects(account_id, collection):
                found |= {
                    value for name, value in record.items() if isinstance(value, str) and name.startswith(PRIVATE)
                }
    known_elsewhere = {account.name for account in world.sim.api.world.accounts.values()}
    return {value for value in found - known_elsewhere if len(value) > 3}


def asked_for(world: World) -> list[str]:
    """Return the requests for personal data that reached the API."""
    return [r["route"] for r in world.sim.journal.requests if any(name in r["route"] for name in PERSONAL)]


def test_selecting_everything_selects_no_personal_data(world: World) -> None:
    """`meltano add` copies no selection, so that `*.*` applies: what it loads must hold nobody's address."""
    private = personal_values(world)
    assert len(private) >= 5, private
    catalog = world.discover({})
    assert names(catalog).isdisjoint(PERSONAL)
    objects = sorted(n for n in names(catalog) if not n.endswith("_stats"))
    outcome = world.run(objects)
    assert outcome.exit_code == 0, outcome.log
    assert len(outcome.records()) > 100
    told = outcome.stdout.decode() + outcome.log
    assert [value for value in private if value in told] == []
    assert asked_for(world) == []


def test_the_setting_offers_the_streams(world: World) -> None:
    """Who needs them gets them, values and all."""
    outcome = world.run(PERSONAL, personal_data="true")
    assert outcome.exit_code == 0, outcome.log
    assert [len(outcome.records(name)) for name in PERSONAL] == [1, 1]
    told = outcome.stdout.decode()
    assert all(value in told for value in personal_values(world))


def test_an_old_catalog_that_still_selects_them_is_refused(world: World) -> None:
    """A green run without the tables that somebody selected would be worse than a red one."""
    catalog = world.catalog(["campaigns", *PERSONAL], {"personal_data": True})
    args = ["--config", world.write("config.json", world.config()), "--catalog", world.write("old.json", catalog)]
    outcome = world.invoke(*args)
    assert outcome.exit_code == 2
    assert outcome.stdout == b""
    assert "selects tax_settings and user_settings: personal data" in outcome.log
    assert "'personal_data'" in outcome.log
    assert not world.sim.journal.requests


def test_an_old_catalog_that_deselects_them_still_works(world: World) -> None:
    """Nobody has to discover again who never loaded them."""
    catalog = world.catalog(["promotable_users"], {"personal_data": True}, whole=True)
    args = ["--config", world.write("config.json", world.config()), "--catalog", world.write("old.json", catalog)]
    outcome = world.invoke(*args)
    assert outcome.exit_code == 0, outcome.log
    assert set(outcome.schemas) == {"promotable_users"}
