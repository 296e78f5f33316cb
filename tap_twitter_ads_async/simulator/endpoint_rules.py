"""What single endpoints do differently from all others."""

from __future__ import annotations

import typing as t

from tap_twitter_ads_async.simulator.errors import invalid
from tap_twitter_ads_async.simulator.records_campaign import only_holders_of_accounts
from tap_twitter_ads_async.simulator.targeting import EVENT_TYPES, in_time, only_default_country

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tap_twitter_ads_async.simulator.objects import Record, Scope
    from tap_twitter_ads_async.simulator.params import Params

_TWEET_TYPES = ("DRAFT", "PUBLISHED", "SCHEDULED")
_TIMELINES = ("ALL", "NULLCAST", "ORGANIC")


def own_user(scope: Scope, params: Params) -> Callable[[Record], bool]:
    """Keep what belongs to `user_id`, by default the account's own user."""
    user_id = params.text("user_id") or (scope.account.user_id if scope.account else "")
    return lambda record: record.get("user_id", record.get("_user_id")) == user_id


def tweet_scope(scope: Scope, params: Params) -> Callable[[Record], bool]:
    """Keep one user's tweets of a timeline: promoted-only ones unless told otherwise."""
    params.choice("tweet_type", _TWEET_TYPES)
    timeline = params.choice("timeline_type", _TIMELINES, "NULLCAST")
    params.flag("include_mentions_and_replies")
    owned = own_user(scope, params)
    return lambda record: owned(record) and (timeline == "ALL" or record["nullcast"] == (timeline == "NULLCAST"))


def card_scope(_scope: Scope, params: Params) -> Callable[[Record], bool]:
    """Keep old-style cards out unless they are asked for."""
    legacy = params.flag("include_legacy_cards")
    return lambda record: legacy or not record.get("_legacy")


def one_audience_scope(_scope: Scope, params: Params) -> Callable[[Record], bool]:
    """Keep owned audiences, or those shared by others."""
    wanted = params.choice("permission_scope", ("OWNER", "SHARED"), "OWNER")
    return lambda record: record.get("_scope", "OWNER") == wanted


def event_scope(scope: Scope, params: Params) -> Callable[[Record], bool]:
    """Keep events of known types that are not over."""
    for kind in params.words("event_types"):
        if kind not in EVENT_TYPES:
            raise invalid("event_types", f'Expected an event type, got "{kind}" for event_types', kind)
    return lambda record: in_time(record, params, scope.now)


def operator_scope(_scope: Scope, params: Params) -> Callable[[Record], bool]:
    """Keep the operators of one country."""
    return lambda record: only_default_country(record, params)


def promoted_account_rule(scope: Scope, params: Params) -> None:
    """Refuse line items of which none can hold promoted accounts."""
    if not only_holders_of_accounts(params, scope.store, scope.account):
        refusal = invalid(
            "line_item_ids", "None of the line items can hold promoted accounts", params.text("line_item_ids")
        )
        # A client that asks for all of an account's line items cannot know better.
        refusal.violation = False
        raise refusal


def listed_fields(*names: str) -> Callable[[Record, Params], Record]:
    """Return a shape that keeps only some fields in lists."""
    return lambda record, _params: {name: record[name] for name in names}
