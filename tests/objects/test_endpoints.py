"""What is particular about endpoints: parents, passes, parameters, refusals."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from jsonschema import Draft202012Validator

from tap_twitter_ads_async.errors import AccessRefused, CredentialsRejected
from tap_twitter_ads_async.objects.declaration import account_objects

if t.TYPE_CHECKING:
    from tests.support.rig import Rig

    Record = dict[str, t.Any]


def line_items(count: int) -> list[Record]:
    """Make line items, every tenth deleted."""
    return [{"id": f"l{n}", "updated_at": "2026-01-01T00:00:00Z", "deleted": n % 10 == 0} for n in range(count)]


def criteria(per_line_item: int, count: int) -> list[Record]:
    """Make targeting criteria."""
    return [
        {
            "id": f"t{n}-{k}",
            "line_item_id": f"l{n}",
            "targeting_value": 1,
            "updated_at": "2026-01-01T00:00:00Z",
        }
        for n in range(count)
        for k in range(per_line_item)
    ]


def test_criteria_are_asked_for_two_hundred_line_items_at_a_time(rig: Rig) -> None:
    """One request per line item would take hours for an agency; 201 ids are refused."""
    rig.api.collections["accounts/a1/line_items"] = line_items(450)
    rig.api.collections["accounts/a1/targeting_criteria"] = criteria(2, 450)
    outcome = rig.sync("targeting_criteria")
    asked = rig.api.paths("accounts/a1/targeting_criteria")
    assert [len(a.params["line_item_ids"].split(",")) for a in asked] == [200, 200, 50]
    assert len(outcome.ids("targeting_criteria")) == len(set(outcome.ids("targeting_criteria"))) == 900
    assert {r["targeting_value"] for r in outcome.records("targeting_criteria")} == {"1"}


def test_line_items_read_by_their_own_stream_are_not_read_again_for_their_children(rig: Rig) -> None:
    """Requests are a budget shared with everybody else who works on the account."""
    rig.api.collections["accounts/a1/line_items"] = line_items(30)
    rig.api.collections["accounts/a1/targeting_criteria"] = criteria(1, 30)
    outcome = rig.sync("line_items", "targeting_criteria")
    assert len(rig.api.paths("accounts/a1/line_items")) == 1
    assert len(outcome.ids("targeting_criteria")) == 30


def test_children_of_unchanged_parents_are_found_in_later_runs(rig: Rig) -> None:
    """Old line items get new criteria; the parents' bookmark must not hide them."""
    rig.api.collections["accounts/a1/line_items"] = line_items(30)
    rig.api.collections["accounts/a1/targeting_criteria"] = criteria(1, 30)
    first = rig.sync("line_items", "targeting_criteria")
    new = {"id": "new", "line_item_id": "l7", "updated_at": "2026-03-01T00:00:00Z"}
    rig.api.collections["accounts/a1/targeting_criteria"].append(new)
    second = rig.sync("line_items", "targeting_criteria", state=first.messages.state)
    assert "new" in second.ids("targeting_criteria")


def test_a_change_behind_the_readers_back_is_read_next_time(rig: Rig) -> None:
    """A bookmark taken from the last chunk would jump over a change in the first, read minutes before."""
    rig.api.collections["accounts/a1/line_items"] = line_items(201)
    later = "2999-01-01T00:00:00Z"

    def answer(params: dict[str, str]) -> tuple[int, t.Any]:
        last_chunk = "l200" in params["line_item_ids"].split(",")
        return 200, {"data": [{"id": "x", "line_item_id": "l200", "updated_at": later}] if last_chunk else []}

    rig.api.scripts["accounts/a1/targeting_criteria"] = answer
    outcome = rig.sync("targeting_criteria")
    partition = outcome.messages.state["bookmarks"]["targeting_criteria"]["partitions"][0]
    assert partition["replication_key_value"] < "2998"


def test_shared_audiences_come_in_a_second_pass_and_whole_each_time(rig: Rig) -> None:
    """Sharing an audience does not move its `updated_at`, so a bookmark would hide it."""

    def answer(params: dict[str, str]) -> tuple[int, t.Any]:
        shared = params.get("permission_scope") == "SHARED"
        old = {"id": "shared" if shared else "own", "updated_at": "2020-01-01T00:00:00Z"}
        new = {"id": "own2", "updated_at": "2026-01-01T00:00:00Z"}
        return 200, {"data": [old] if shared else [new, old]}

    rig.api.scripts["accounts/a1/custom_audiences"] = answer
    first = rig.sync("custom_audiences")
    assert first.ids("custom_audiences") == ["own2", "own", "shared"]
    second = rig.sync("custom_audiences", state=first.messages.state)
    assert second.ids("custom_audiences") == ["own2", "shared"]


def test_audience_children_carry_their_audience_and_a_deleted_one_costs_nothing(rig: Rig) -> None:
    """The answer does not name the audience it is about, and deleted audiences answer 404."""
    rig.api.collections["accounts/a1/custom_audiences"] = [
        {"id": "u1", "updated_at": "2026-01-01T00:00:00Z"},
        {"id": "u2", "updated_at": "2026-01-01T00:00:00Z", "deleted": True},
        {"id": "u3", "updated_at": "2026-01-01T00:00:00Z"},
    ]
    rig.api.collections["accounts/a1/custom_audiences/u1/targeted"] = [
        {
            "campaign_id": "c1",
            "campaign_name": "One",
            "line_items": [{"id": "l1", "name": None, "servable": True}],
        }
    ]
    rig.api.scripts["accounts/a1/custom_audiences/u3/targeted"] = lambda _: (
        404,
        {"errors": [{"code": "CUSTOM_AUDIENCE_NOT_FOUND", "message": "gone"}]},
    )
    outcome = rig.sync("custom_audience_targeted")
    assert [(r["custom_audience_id"], r["campaign_id"]) for r in outcome.records("custom_audience_targeted")] == [
        ("u1", "c1")
    ]
    assert rig.api.paths("accounts/a1/custom_audiences/u2/targeted") == []
    assert outcome.failures == []


def test_tweets_of_all_users_and_types_come_once_with_exact_ids(rig: Rig) -> None:
    """By default the API tells only of one user's promoted-only tweets, and its `id` breaks in doubles."""
    rig.api.collections["accounts/a1/promotable_users"] = [
        {"id": "p1", "user_id": "11", "updated_at": "2026-01-01T00:00:00Z"},
        {"id": "p2", "user_id": "22", "updated_at": "2026-01-01T00:00:00Z"},
    ]
    number = 1166476031668015104
    rig.api.collections["accounts/a1/tweets"] = [
        {
            "id": number,
            "tweet_type": "PUBLISHED",
            "created_at": "Tue Aug 27 22:22:12 +0000 2019",
            "user": {"id": 11, "verified": True},
            "_user_id": "11",
        },
        {"id_str": "5", "tweet_type": "DRAFT", "_user_id": "22", "scheduled_at": None},
        {"tweet_id": "6", "tweet_type": "SCHEDULED"},
    ]
    outcome = rig.sync("tweets")
    assert outcome.ids("tweets", "tweet_id") == [str(number), "6", "5"]
    published = outcome.records("tweets")[0]
    assert published["created_at"] == "2019-08-27T22:22:12Z"
    assert published["id"] == str(number)
    assert published["user"] == {"id": "11", "verified": True}
    asked = rig.api.paths("accounts/a1/tweets")
    assert {(a.params["user_id"], a.params["tweet_type"]) for a in asked} == {
        (user, kind) for user in ("11", "22") for kind in ("PUBLISHED", "SCHEDULED", "DRAFT")
    }
    assert {a.params["timeline_type"] for a in asked} == {"ALL"}


def test_a_user_whose_tweets_are_closed_does_not_hide_the_others(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """Users with permission for retweets only may be listed and yet refused."""
    rig.api.collections["accounts/a1/promotable_users"] = [
        {"id": "p1", "user_id": "11", "updated_at": "2026-01-01T00:00:00Z"},
        {"id": "p2", "user_id": "22", "updated_at": "2026-01-01T00:00:00Z"},
    ]

    def answer(params: dict[str, str]) -> tuple[int, t.Any]:
        if params["user_id"] == "11":
            return 403, {"errors": [{"code": "USER_NOT_FOUND", "message": "no"}]}
        return 200, {"data": [{"id": "d1", "text": "hello"}]}

    rig.api.scripts["accounts/a1/draft_tweets"] = answer
    outcome = rig.sync("draft_tweets")
    assert [(r["id"], r["user_id"]) for r in outcome.records("draft_tweets")] == [("d1", "22")]
    assert sum("Not offered" in r.getMessage() for r in caplog.records) == 1


def test_children_that_no_parent_has_are_told_of(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """A 404 for each parent is an endpoint that is gone, not a series of deletions."""
    rig.api.collections["accounts/a1/custom_audiences"] = [{"id": "u1"}, {"id": "u2"}]
    gone = 404, {"errors": [{"code": "SOMETHING_NOT_FOUND", "message": "gone"}]}
    for audience in ("u1", "u2"):
        rig.api.scripts[f"accounts/a1/custom_audiences/{audience}/permissions"] = lambda _: gone
    assert rig.sync("custom_audience_permissions").failures == []
    assert sum("Not offered" in r.getMessage() for r in caplog.records) == 1


NOT_THE_APIS: list[t.Any] = [
    "<html>Not here</html>",
    "",
    {},
    {"errors": [{"message": "no"}]},
    {"errors": [{"code": 34}]},
]
"""What may come with a 404 that is not the API's: its codes are words, those of other services of X numbers."""
PERMISSIONS = "custom_audience_permissions"


def audiences(rig: Rig, *ids: str) -> None:
    """Give the account audiences with one permission each, the later the older."""
    rig.api.collections["accounts/a1/custom_audiences"] = [{"id": i, "updated_at": "2026-01-01T00:00:00Z"} for i in ids]
    for number, audience in enumerate(ids):
        rig.api.collections[f"accounts/a1/custom_audiences/{audience}/permissions"] = [
            {"id": f"of-{audience}", "updated_at": f"2026-03-{20 - number}T00:00:00Z"}
        ]


def closed(rig: Rig, audience: str, answer: tuple[int, t.Any]) -> None:
    """Let the API refuse the permissions of an audience."""
    rig.api.scripts[f"accounts/a1/custom_audiences/{audience}/permissions"] = lambda _: answer


@pytest.mark.parametrize("answer", NOT_THE_APIS, ids=str)
@pytest.mark.parametrize("audience", ["u1", "u2", "u3"])
def test_a_page_in_the_place_of_a_parents_answer_leaves_it_open(rig: Rig, audience: str, answer: t.Any) -> None:
    """Only the API can say that a parent is gone; the others are read all the same."""
    audiences(rig, "u1", "u2", "u3")
    closed(rig, audience, (404, answer))
    first = rig.sync(PERMISSIONS)
    assert sorted([*first.ids(PERMISSIONS), f"of-{audience}"]) == ["of-u1", "of-u2", "of-u3"]
    assert len(first.failures) == 1
    assert f"/{audience}/permissions" in first.failures[0]
    rig.api.scripts.clear()
    second = rig.sync(PERMISSIONS, state=first.messages.state)
    assert f"of-{audience}" in second.ids(PERMISSIONS)
    assert second.failures == []


def test_a_page_in_the_place_of_every_parents_answer_is_the_endpoints(rig: Rig) -> None:
    """An API version that lacks it; where it was served before, that is a failure."""
    audiences(rig, "u1", "u2")
    state = rig.sync(PERMISSIONS).messages.state
    for audience in ("u1", "u2"):
        closed(rig, audience, (404, NOT_THE_APIS[0]))
    assert rig.sync(PERMISSIONS).failures == []
    again = rig.sync(PERMISSIONS, state=state)
    assert len(again.failures) == 1
    assert again.messages.state == state


@pytest.mark.parametrize(
    "answer",
    [
        (403, {"errors": [{"code": "ACTION_NOT_ALLOWED"}]}),
        (403, {"errors": [{"code": "USER_NOT_FOUND"}]}),
        (400, {"errors": [{"code": "INVALID_USER"}]}),
        (404, {"errors": [{"code": "NOT_FOUND", "message": "User 1 does not have access to account a1"}]}),
    ],
    ids=str,
)
def test_a_parent_that_is_opened_later_brings_all_its_children(
    rig: Rig, caplog: pytest.LogCaptureFixture, answer: tuple[int, t.Any]
) -> None:
    """They may have changed long before the newest change of the others."""
    audiences(rig, "u1", "u2", "u3")
    closed(rig, "u2", answer)
    first = rig.sync(PERMISSIONS)
    assert first.ids(PERMISSIONS) == ["of-u1", "of-u3"]
    assert first.failures == []
    assert sum("Not offered" in r.getMessage() for r in caplog.records) == 1
    rig.api.scripts.clear()
    second = rig.sync(PERMISSIONS, state=first.messages.state)
    assert "of-u2" in second.ids(PERMISSIONS)


def test_a_parent_that_is_gone_does_not_hold_the_others_back(rig: Rig) -> None:
    """The API says so with a code of its own, in every run to come."""
    audiences(rig, "u1", "u2")
    closed(rig, "u2", (404, {"errors": [{"code": "CUSTOM_AUDIENCE_NOT_FOUND"}]}))
    (partition,) = rig.sync(PERMISSIONS).messages.state["bookmarks"][PERMISSIONS]["partitions"]
    assert partition["replication_key_value"] == "2026-03-20T00:00:00Z"


def test_a_page_in_the_place_of_a_records_details_is_a_failure(rig: Rig) -> None:
    """An app list without its apps would overwrite the one that has them."""
    rig.api.collections["accounts/a1/app_lists"] = [{"id": "x", "name": "X"}]
    rig.api.scripts["accounts/a1/app_lists/x"] = lambda _: (404, NOT_THE_APIS[0])
    assert len(rig.sync("app_lists").failures) == 1


def test_what_lists_leave_out_is_asked_for_record_by_record(rig: Rig) -> None:
    """A list of apps without its apps says nothing."""
    rig.api.collections["accounts/a1/app_lists"] = [{"id": "x", "name": "X"}, {"id": "gone", "name": "Gone"}]
    rig.api.scripts["accounts/a1/app_lists/x"] = lambda _: (200, {"data": {"id": "x", "apps": [{"os_type": "IOS"}]}})
    rig.api.scripts["accounts/a1/app_lists/gone"] = lambda _: (404, {"errors": [{"code": "APP_LIST_NOT_FOUND"}]})
    outcome = rig.sync("app_lists")
    assert outcome.records("app_lists") == [
        {"account_id": "a1", "id": "x", "name": "X", "apps": [{"os_type": "IOS"}]},
        {"account_id": "a1", "id": "gone", "name": "Gone"},
    ]


def test_cards_of_tweets_are_fetched_in_one_request(rig: Rig) -> None:
    """The endpoint takes a list of card addresses, and the tweets know them."""
    rig.api.collections["accounts/a1/promotable_users"] = [
        {"id": "p1", "user_id": "11", "updated_at": "2026-01-01T00:00:00Z"}
    ]
    uris = [f"card://{n}" for n in range(3)]
    rig.api.collections["accounts/a1/tweets"] = [
        {"id": n, "tweet_type": "PUBLISHED", "card_uri": uri} for n, uri in enumerate([*uris, uris[0]])
    ]
    rig.api.collections |= {f"accounts/a1/{name}": [] for name in ("draft_tweets", "scheduled_tweets")}
    rig.api.collections["accounts/a1/cards"] = [{"id": "0", "card_uri": uris[0]}]
    rig.api.collections["accounts/a1/cards/all"] = [{"card_uri": uri, "video_width": "640"} for uri in uris]
    outcome = rig.sync("cards_fetch")
    assert outcome.ids("cards_fetch", "card_uri") == uris
    assert len(rig.api.paths("accounts/a1/cards/all")) == 1


def test_option_endpoints_are_asked_per_configured_country_or_market(rig: Rig) -> None:
    """Without a country the API answers with the whole world, or with the United States alone."""
    rig.settings["country_codes"] = ("US", "DE")
    rig.api.collections |= {
        "targeting_criteria/locations": [
            {"targeting_value": "us", "country_code": "US"},
            {"targeting_value": "de", "country_code": "DE"},
            {"targeting_value": "jp", "country_code": "JP"},
        ],
        "targeting_criteria/tv_markets": [{"locale": "en-US"}, {"locale": "es-US"}],
        "targeting_criteria/tv_shows": [
            {
                "targeting_value": 10000283242,
                "name": "Both",
                "locales": [{"language": "en", "country": "US"}],
            },
            {"targeting_value": 2, "_locale": "es-US", "name": "One"},
        ],
        "accounts/a1/curated_categories": [{"id": "k1", "country_codes": ["US"]}],
    }
    outcome = rig.sync("targeting_locations", "targeting_tv_markets", "targeting_tv_shows", "curated_categories")
    assert outcome.ids("targeting_locations", "targeting_value") == ["us", "de"]
    assert outcome.ids("targeting_tv_shows", "targeting_value") == ["10000283242", "2"]
    assert len(rig.api.paths("targeting_criteria/tv_markets")) == 1
    assert [a.params["count"] for a in rig.api.paths("targeting_criteria/tv_shows")] == ["50", "50"]
    assert [a.params["country_codes"] for a in rig.api.paths("accounts/a1/curated_categories")] == ["US,DE"]


def test_lists_of_words_and_lone_objects_become_records(rig: Rig) -> None:
    """Two endpoints answer with something else than a list of objects."""
    rig.api.collections["accounts/a1/features"] = ["CITY_TARGETING", "UNIVERSAL_LOOKALIKE"]
    rig.api.scripts["accounts/a1/authenticated_user_access"] = lambda _: (
        200,
        {"data": {"user_id": "77", "permissions": ["ACCOUNT_ADMIN"]}},
    )
    rig.api.scripts["accounts/a1/user_settings/77"] = lambda _: (200, {"data": {"contact_phone": ""}})
    outcome = rig.sync("account_features", "authenticated_user_access", "user_settings")
    assert outcome.records("account_features") == [
        {"account_id": "a1", "feature_key": "CITY_TARGETING"},
        {"account_id": "a1", "feature_key": "UNIVERSAL_LOOKALIKE"},
    ]
    assert outcome.records("authenticated_user_access") == [
        {"account_id": "a1", "user_id": "77", "permissions": ["ACCOUNT_ADMIN"]}
    ]
    assert outcome.records("user_settings") == [{"account_id": "a1", "user_id": "77", "contact_phone": ""}]
    assert len(rig.api.paths("accounts/a1/authenticated_user_access")) == 1


def test_deleted_objects_are_left_out_only_when_the_setting_says_so(rig: Rig) -> None:
    """Deleted campaigns still have metrics."""
    rig.api.collections["accounts/a1/campaigns"] = line_items(10)
    assert len(rig.sync("campaigns").ids("campaigns")) == 10
    rig.settings["with_deleted"] = False
    assert len(rig.sync("campaigns").ids("campaigns")) == 9
    assert "with_deleted" not in rig.api.asked[-1].params


def test_an_endpoint_that_is_not_offered_is_one_warning_and_no_failure(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    """Older and early-access endpoints come and go; that is no reason to wake somebody up."""
    rig.accounts("a1", "a2")
    rig.api.collections["accounts/a2/app_lists"] = [{"id": "x", "name": "List"}]
    outcome = rig.sync("app_lists", "product_catalogs", "products")
    assert outcome.ids("app_lists") == ["x"]
    assert outcome.failures == []
    warnings = [r.getMessage() for r in caplog.records if "Not offered" in r.getMessage()]
    assert len(warnings) == 3
    assert "stream app_lists, account a1" in warnings[0]


def test_a_refused_request_is_a_failure(rig: Rig) -> None:
    """A 400 means that this tap asks wrongly; hiding it would lose data in silence."""
    rig.api.scripts["accounts/a1/campaigns"] = lambda _: (
        400,
        {"errors": [{"code": "INVALID_PARAMETER", "message": "Expected count", "parameter": "count"}]},
    )
    outcome = rig.sync("campaigns")
    assert len(outcome.failures) == 1
    assert "INVALID_PARAMETER (count)" in outcome.failures[0]


def test_promoted_accounts_answer_400_where_they_mean_none(rig: Rig) -> None:
    """A quirk of that endpoint: no line item of the account can hold promoted accounts."""
    none = 400, {"errors": [{"code": "INVALID_PARAMETER", "parameter": "line_item_ids"}]}
    rig.api.scripts["accounts/a1/promoted_accounts"] = lambda _: none
    outcome = rig.sync("promoted_accounts")
    assert outcome.records("promoted_accounts") == []
    assert outcome.failures == []


@pytest.mark.parametrize("parameter", ["with_deleted", "count", ""])
def test_promoted_accounts_that_are_asked_for_wrongly_are_a_failure(rig: Rig, parameter: str) -> None:
    """The quirk is about line items alone."""
    wrong = 400, {"errors": [{"code": "INVALID_PARAMETER", "parameter": parameter}]}
    rig.api.scripts["accounts/a1/promoted_accounts"] = lambda _: wrong
    assert len(rig.sync("promoted_accounts").failures) == 1


@pytest.mark.parametrize(("named", "failures"), [(("a1", "a2"), 1), (None, 0)])
def test_an_account_that_closes_is_a_failure_only_if_the_user_named_it(
    rig: Rig, named: tuple[str, ...] | None, failures: int
) -> None:
    """Whoever extracts all accounts does not want to be woken by each one that is taken away."""
    rig.accounts("a1", "a2")
    rig.settings["account_ids"] = named
    rig.api.scripts["accounts/a1/campaigns"] = lambda _: (
        404,
        {"errors": [{"code": "NOT_FOUND", "message": "User 1 does not have access to account a1"}]},
    )
    rig.api.collections["accounts/a2/campaigns"] = line_items(1)
    outcome = rig.sync("campaigns")
    assert len(outcome.failures) == failures
    assert outcome.ids("campaigns") == ["l0"]


def test_rejected_credentials_end_the_run(rig: Rig) -> None:
    """Nothing that follows could succeed."""
    rig.api.scripts["accounts/a1/campaigns"] = lambda _: (401, {"errors": [{"code": "UNAUTHORIZED_ACCESS"}]})
    with pytest.raises(CredentialsRejected):
        rig.sync("campaigns")


def test_an_app_outside_early_access_goes_on_without_it(rig: Rig) -> None:
    """The vendor answers with a code that elsewhere means bad credentials."""
    rig.api.scripts["product_catalogs"] = lambda _: (
        403,
        {"errors": [{"code": "UNAUTHORIZED_CLIENT_APPLICATION", "message": "not allowed"}]},
    )
    assert rig.sync("product_catalogs").failures == []


def test_accounts_are_served_from_the_one_request_of_the_run(rig: Rig) -> None:
    """Five such requests are allowed in 15 minutes, for everybody who uses the token."""
    rig.accounts("a1", "a2", "a3")
    rig.settings["account_ids"] = ("a3", "a1")
    for account in ("a1", "a3"):
        rig.api.collections[f"accounts/{account}/campaigns"] = []
    first = rig.sync("accounts", "campaigns")
    assert first.ids("accounts") == ["a3", "a1"]
    assert all("account_id" not in r for r in first.records("accounts"))
    assert len(rig.api.paths("accounts")) == 1
    rig.api.collections["accounts"][0]["updated_at"] = "2026-05-01T00:00:00Z"
    rig.settings["account_ids"] = None
    second = rig.sync("accounts", state=first.messages.state)
    assert "a2" in second.ids("accounts")


def test_without_accounts_nothing_is_asked_of_them(rig: Rig) -> None:
    """A token that reads no account yet is no reason for requests to nowhere, and no success."""
    rig.accounts()
    rig.api.collections["publishers"] = [{"user_id": "1"}]
    with pytest.raises(AccessRefused, match="cannot read any ads account"):
        rig.sync("campaigns", "accounts")
    assert {a.path for a in rig.api.asked} == {"accounts"}
    assert rig.sync("publishers").ids("publishers", "user_id") == ["1"]


@pytest.mark.parametrize("row", [{"name": "x"}, {"id": None}, "abc", 7, None, {}])
def test_a_row_of_the_list_that_names_no_account_leaves_the_others(rig: Rig, row: object) -> None:
    """Whatever stands there, the run goes by the ids of accounts."""
    rig.api.collections["accounts"].append(row)
    rig.api.scripts["accounts"] = lambda _: (200, {"data": rig.api.collections["accounts"]})
    rig.api.collections["accounts/a1/campaigns"] = line_items(2)
    outcome = rig.sync("accounts", "campaigns")
    assert (outcome.ids("accounts"), outcome.ids("campaigns")) == (["a1"], ["l0", "l1"])
    assert len(outcome.failures) == 1


def test_a_fictional_endpoint_needs_a_declaration_and_a_schema_only(rig: Rig) -> None:
    """The promise that keeps this room small."""
    endpoint = dataclasses.replace(
        account_objects("campaigns"), path="accounts/{account_id}/moon_bases", params={"phase": "FULL"}
    )
    rig.endpoints = [endpoint]
    rig.api.collections["accounts/a1/moon_bases"] = [{"id": "m1", "updated_at": "2026-01-01T00:00:00Z"}]
    outcome = rig.sync("campaigns")
    assert outcome.ids("campaigns") == ["m1"]
    assert rig.api.asked[-1].params["phase"] == "FULL"


def test_unknown_fields_are_dropped_and_told_once(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """The API adds fields at any time, without a new version."""
    caplog.set_level("INFO")
    rig.api.collections["accounts/a1/campaigns"] = [{**r, "brand_new": 1} for r in line_items(20)]
    outcome = rig.sync("campaigns")
    assert all("brand_new" not in r for r in outcome.records("campaigns"))
    assert sum("brand_new" in r.getMessage() for r in caplog.records) == 1


def test_a_record_without_key_is_left_out_aloud(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    """A null in a key column ends the load in most warehouses."""
    rig.api.collections["accounts/a1/campaigns"] = [{"name": "nameless"}, {"id": "c1"}]
    outcome = rig.sync("campaigns")
    assert outcome.ids("campaigns") == ["c1"]
    assert any("were skipped" in r.getMessage() for r in caplog.records)


def test_records_fit_their_schema_even_if_the_api_changes_its_types(rig: Rig) -> None:
    """Warehouses refuse a whole load for one string where a number was promised."""
    rig.api.collections["accounts/a1/campaigns"] = [
        {
            "id": 12,
            "name": {"de": "Eins"},
            "daily_budget_amount_local_micro": "5000000",
            "servable": "true",
            "frequency_cap": 5.5,
            "reasons_not_servable": "EXPIRED",
            "start_time": "",
        }
    ]
    outcome = rig.sync("campaigns")
    record = outcome.records("campaigns")[0]
    Draft202012Validator(outcome.messages.schema("campaigns")).validate(record)
    assert record == {
        "id": "12",
        "name": '{"de":"Eins"}',
        "daily_budget_amount_local_micro": 5000000,
        "servable": True,
        "frequency_cap": None,
        "reasons_not_servable": ["EXPIRED"],
        "start_time": None,
        "account_id": "a1",
    }
