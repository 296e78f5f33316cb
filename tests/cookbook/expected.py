"""What the cookbook's important queries have to answer, worked out in Python from what the simulator knows."""

from __future__ import annotations

import typing as t
from datetime import date
from decimal import Decimal

from tests.cookbook.expected_pacing import credit_left, daily_budget, days_left, flights
from tests.cookbook.known import Answer, Known, grouped, money, ratio, total

if t.TYPE_CHECKING:
    from collections.abc import Callable


def spend_by_account(known: Known) -> Answer:
    """One row per account and currency."""
    groups = grouped(known.campaigns, lambda f: (f.account_id, known.currencies[f.account_id]))
    return {key: {"spend": money(figures)} for key, figures in groups.items()}


def spend_by_day(known: Known) -> Answer:
    """One row per account-local day and currency."""
    groups = grouped(known.campaigns, lambda f: (f.day, known.currencies[f.account_id]))
    return {k: {"spend": money(f), "impressions": total(f, "impressions")} for k, f in groups.items()}


def spend_in_one_currency(known: Known) -> Answer:
    """One row; the rates are the page's."""
    rates = {"USD": Decimal(1), "GBP": Decimal("1.30"), "EUR": Decimal("1.15")}
    spend = sum((f.money() * rates[known.currencies[f.account_id]] for f in known.campaigns), Decimal())
    return {(): {"spend_usd": spend, "accounts": 2, "accounts_without_rate": 0}}


def month_over_month(known: Known) -> Answer:
    """October and November of each account."""
    answer: Answer = {}
    for account in known.accounts:
        before: Decimal | None = None
        for month in (date(2025, 10, 1), date(2025, 11, 1)):
            figures = [f for f in known.campaigns if f.account_id == account and f.day.replace(day=1) == month]
            spend = money(figures)
            change = ratio(100 * (spend - before), before) if before else None
            answer[account, month] = {
                "days": len({f.day for f in figures}),
                "spend": spend,
                "change_percent": change,
            }
            before = spend
    return answer


def rates(known: Known) -> Answer:
    """CPM, CPC, CTR and the engagement rate of each campaign."""
    answer: Answer = {}
    for key, figures in grouped(known.campaigns, lambda f: (f.account_id, f.entity_id)).items():
        spend, seen = money(figures), total(figures, "impressions")
        answer[key] = {
            "spend": spend,
            "cpm": ratio(spend, seen, 1000),
            "cost_per_click": ratio(spend, total(figures, "clicks")),
            "cost_per_link_click": ratio(spend, total(figures, "url_clicks")),
            "ctr_percent": ratio(total(figures, "clicks"), seen, 100),
            "engagement_rate_percent": ratio(total(figures, "engagements"), seen, 100),
        }
    return answer


def cpa_and_roas(known: Known) -> Answer:
    """Purchases, what they cost and what they brought, of each campaign."""
    answer: Answer = {}
    for key, figures in grouped(known.campaigns, lambda f: (f.account_id, f.entity_id)).items():
        spend, purchases = money(figures), total(figures, "conversion_purchases_metric")
        sales = money(figures, "conversion_purchases_sale_amount")
        answer[key] = {
            "purchases": purchases,
            "cost_per_purchase": ratio(spend, purchases),
            "sales": sales,
            "roas": ratio(sales, spend) if purchases else None,
        }
    return answer


def cpa_over_kinds(known: Known) -> Answer:
    """Three kinds of conversion added up, by account and day."""
    kinds = ("conversion_purchases_metric", "conversion_sign_ups_metric", "conversion_custom_metric")
    groups = grouped(known.campaigns, lambda f: (f.account_id, f.day))
    return {
        key: {"conversions": total(f, *kinds), "cost_per_action": ratio(money(f), total(f, *kinds))}
        for key, f in groups.items()
    }


def after_view(known: Known) -> Answer:
    """Purchases after a view, and the sales of both ways."""
    stem = "conversion_purchases"
    return {
        key: {
            "purchases": total(f, f"{stem}_metric"),
            "after_view_percent": ratio(total(f, f"{stem}_post_view"), total(f, f"{stem}_metric"), 100),
            "sales_after_view": money(f, f"{stem}_sale_amount_view"),
            "sales_after_engagement": money(f, f"{stem}_sale_amount_engagement"),
        }
        for key, f in grouped(known.figures("LINE_ITEM"), lambda f: (f.account_id,)).items()
    }


def cost_per_install(known: Known) -> Answer:
    """Campaigns that had clicks on apps."""
    stem = "mobile_conversion_installs_post"
    groups = grouped(known.campaigns, lambda f: (f.account_id, f.entity_id))
    return {
        key: {
            "installs": total(f, f"{stem}_view", f"{stem}_engagement"),
            "cost_per_install": ratio(money(f), total(f, f"{stem}_view", f"{stem}_engagement")),
        }
        for key, f in groups.items()
        if total(f, "app_clicks")
    }


def video_funnel(known: Known) -> Answer:
    """Campaigns with video views."""
    groups = grouped(known.campaigns, lambda f: (f.account_id, f.entity_id))
    return {
        key: {
            "starts": total(f, "video_content_starts"),
            "reached_75": total(f, "video_views_75"),
            "view_rate_percent": ratio(total(f, "video_total_views"), total(f, "impressions"), 100),
            "completion_percent": ratio(total(f, "video_views_100"), total(f, "video_total_views"), 100),
            "cost_per_view": ratio(money(f), total(f, "video_total_views")),
        }
        for key, f in groups.items()
        if total(f, "video_total_views")
    }


def post_to_account(known: Known) -> Answer:
    """Every promoted post once, also the one whose text two accounts have."""
    promoted = grouped(known.figures("PROMOTED_TWEET"), lambda f: (f.entity_id,))
    return {key: {"spend": money(f), "impressions": total(f, "impressions")} for key, f in promoted.items()}


def every_ad(known: Known) -> Answer:
    """Posts, accounts and media apart."""
    kinds = {"post": "PROMOTED_TWEET", "account": "PROMOTED_ACCOUNT", "media": "MEDIA_CREATIVE"}
    return {
        (*key, kind): {"ads": len({f.entity_id for f in figures}), "spend": money(figures)}
        for kind, entity in kinds.items()
        for key, figures in grouped(known.figures(entity), lambda f: (f.account_id,)).items()
    }


def deleted(known: Known) -> Answer:
    """Line items deleted and not, with their spend."""
    items = {item["id"]: bool(item["deleted"]) for _, item in known.objects("line_items")}
    groups = grouped(known.figures("LINE_ITEM"), lambda f: (f.account_id, items[f.entity_id]))
    return {key: {"spend": money(figures)} for key, figures in groups.items()}


def by_placement(known: Known) -> Answer:
    """Spend and its share by placement."""
    whole = {key[0]: money(f) for key, f in grouped(known.campaigns, lambda f: (f.account_id,)).items()}
    return {
        key: {"spend": money(figures), "spend_percent": ratio(money(figures), whole[key[0]], 100)}
        for key, figures in grouped(known.campaigns, lambda f: (f.account_id, f.placement)).items()
    }


def by_segment(known: Known) -> Answer:
    """Impressions by gender, which were extracted for one placement."""
    figures = [f for f in known.figures("CAMPAIGN", "GENDER") if f.placement == "ALL_ON_TWITTER"]
    whole = {key[0]: total(f, "impressions") for key, f in grouped(figures, lambda f: (f.account_id,)).items()}
    return {
        key: {
            "impressions": total(f, "impressions"),
            "share_percent": ratio(total(f, "impressions"), whole[key[0]], 100),
        }
        for key, f in grouped(figures, lambda f: (f.account_id, f.segment)).items()
    }


EXPECTED: dict[str, tuple[tuple[str, ...], Callable[[Known], Answer]]] = {
    "Spend by account": (("account_id", "currency"), spend_by_account),
    "Spend by day": (("date", "currency"), spend_by_day),
    "Spend in one currency": ((), spend_in_one_currency),
    "Month over month": (("account_id", "month"), month_over_month),
    "CPM, CPC, CTR and engagement rate": (("account_id", "campaign_id"), rates),
    "CPA and ROAS": (("account_id", "campaign_id"), cpa_and_roas),
    "CPA over several kinds of conversion": (("account_id", "date"), cpa_over_kinds),
    "After a view or after a click": (("account_id",), after_view),
    "Cost per app install": (("account_id", "campaign_id"), cost_per_install),
    "Daily budget": (("account_id", "line_item_id"), daily_budget),
    "Total budget against the flight": (("account_id", "line_item_id"), flights),
    "Campaigns without an end": (("account_id", "campaign_id"), days_left),
    "Video funnel": (("account_id", "campaign_id"), video_funnel),
    "Remaining credit": (("account_id", "funding_instrument_id"), credit_left),
    "From post to account": (("promoted_tweet_id",), post_to_account),
    "Every ad, whatever it promotes": (("account_id", "kind"), every_ad),
    "What was deleted": (("account_id", "line_item_deleted"), deleted),
    "By placement": (("account_id", "placement"), by_placement),
    "By segment": (("account_id", "segment"), by_segment),
}
"""By heading of the cookbook: the columns that tell rows apart, and what the other columns have to say."""
