"""What the cookbook's queries about budgets have to answer, worked out in Python from what the simulator knows."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from tests.cookbook.known import MICRO, Answer, Known, grouped, money, ratio

LAST_WHOLE_DAY = date(2025, 11, 5)  # it is the night of the 6th in Los Angeles, the evening in Tokyo


def daily_budget(known: Known) -> Answer:
    """Active line items with a daily budget: the last whole day and seven days."""
    groups = grouped(known.figures("LINE_ITEM"), lambda f: (f.account_id, f.entity_id))
    week = LAST_WHOLE_DAY - timedelta(days=6)
    answer: Answer = {}
    for account, item in known.objects("line_items"):
        budget = item["daily_budget_amount_local_micro"]
        if budget is None or item["entity_status"] != "ACTIVE" or item["deleted"]:
            continue
        figures = groups[account, item["id"]]
        last = money(f for f in figures if f.day == LAST_WHOLE_DAY)
        seven = money(f for f in figures if week <= f.day <= LAST_WHOLE_DAY) / 7
        answer[account, item["id"]] = {
            "day": LAST_WHOLE_DAY,
            "daily_budget": Decimal(budget) / MICRO,
            "spent_last_day": last,
            "last_day_percent": ratio(last, Decimal(budget) / MICRO, 100),
            "seven_days_percent": ratio(seven, Decimal(budget) / MICRO, 100),
        }
    return answer


def flights(known: Known) -> Answer:
    """Line items with a total budget and an end, up to the last whole day."""
    groups = grouped(known.figures("LINE_ITEM"), lambda f: (f.account_id, f.entity_id))
    offsets = {"America/Los_Angeles": -8, "Asia/Tokyo": 9}  # on 6 November
    answer: Answer = {}
    for account, item in known.objects("line_items"):
        if item["end_time"] is None:
            continue
        moment = datetime(2025, 11, 6, tzinfo=timezone(timedelta(hours=offsets[known.zones[account]])))
        start, end = (datetime.fromisoformat(item[n].replace("Z", "+00:00")) for n in ("start_time", "end_time"))
        elapsed = (min(moment, end) - start) / (end - start)
        spent = money(f for f in groups[account, item["id"]] if f.day <= LAST_WHOLE_DAY)
        budget = Decimal(item["total_budget_amount_local_micro"]) / MICRO
        answer[account, item["id"]] = {
            "total_budget": budget,
            "spent": spent,
            "elapsed_percent": 100 * elapsed,
            "pace": spent / budget / Decimal(elapsed),
        }
    return answer


def days_left(known: Known) -> Answer:
    """Campaigns with a total budget."""
    groups = grouped(known.campaigns, lambda f: (f.account_id, f.entity_id))
    week = LAST_WHOLE_DAY - timedelta(days=6)
    answer: Answer = {}
    for account, campaign in known.objects("campaigns"):
        if campaign["total_budget_amount_local_micro"] is None:
            continue
        figures = groups[account, campaign["id"]]
        remaining = Decimal(campaign["total_budget_amount_local_micro"]) / MICRO - money(figures)
        per_day = money(f for f in figures if week <= f.day <= LAST_WHOLE_DAY) / 7
        answer[account, campaign["id"]] = {"remaining": remaining, "days_left": ratio(remaining, per_day)}
    return answer


def credit_left(known: Known) -> Answer:
    """Every funding instrument; those that are cards have no credit."""
    groups = grouped(known.figures("FUNDING_INSTRUMENT"), lambda f: (f.account_id, f.entity_id))
    answer: Answer = {}
    for account, instrument in known.objects("funding_instruments"):
        figures = groups[account, instrument["id"]]
        per_day = money(figures) / len({f.day for f in figures})
        credit = instrument["credit_remaining_local_micro"]
        left = None if credit is None else Decimal(credit) / MICRO
        answer[account, instrument["id"]] = {
            "credit_left": left,
            "spend_per_active_day": per_day,
            "days_left": None if left is None else left / per_day,
        }
    return answer
