"""What the spend page shows, read from the marts: accounts, their campaigns, and what happened on each day."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from warehouse import Warehouse

FINAL, CONVERSIONS_MAY_ARRIVE = "FINAL", "CONVERSIONS_MAY_ARRIVE"
SPEND_MAY_MOVE = {"SPEND_IS_ESTIMATED", "SPEND_MAY_BE_ADJUSTED"}

_DAYS = """
SELECT
    d.account_id, d.account_name, d.currency, d.campaign_id, d.campaign_name, d.date_day, d.spend, d.impressions,
    d.clicks, d.conversions, d.conversion_value, d.finality, a.timezone, a.as_of
FROM x_ads.campaign_days AS d
INNER JOIN x_ads_staging.int_x_ads__accounts AS a ON a.account_id = d.account_id
ORDER BY d.account_name, d.account_id, d.currency, d.campaign_name, d.campaign_id, d.date_day
"""


@dataclass(frozen=True)
class Figures:
    """What can be added up; money is in the account's currency."""

    spend: float = 0
    impressions: int = 0
    clicks: int = 0
    conversions: int = 0
    value: float = 0

    @property
    def ctr(self) -> float | None:
        """Clicks per impression."""
        return self.clicks / self.impressions if self.impressions else None

    @property
    def cpa(self) -> float | None:
        """Spend per conversion."""
        return self.spend / self.conversions if self.conversions else None

    @property
    def roas(self) -> float | None:
        """Value of conversions per unit of spend; None where nothing was converted, which says nothing of value."""
        return self.value / self.spend if self.spend and self.conversions else None

    def __add__(self, other: Figures) -> Figures:
        """Return both together."""
        return Figures(
            self.spend + other.spend,
            self.impressions + other.impressions,
            self.clicks + other.clicks,
            self.conversions + other.conversions,
            self.value + other.value,
        )


@dataclass
class Campaign:
    """One campaign's figures by day of the account's calendar; a day without a row is not there."""

    id: str
    name: str
    days: dict[date, Figures] = field(default_factory=dict)

    @property
    def total(self) -> Figures:
        """All days together."""
        return added(self.days.values())


@dataclass
class Account:
    """One account in one currency; an account that pays in two is two of these."""

    id: str
    name: str
    currency: str
    timezone: str
    as_of: datetime
    """When its figures were read last, in UTC."""
    campaigns: dict[str, Campaign] = field(default_factory=dict)
    finality: dict[date, str] = field(default_factory=dict)

    @property
    def days(self) -> list[date]:
        """Every day from the first to the last, those without figures too."""
        first, last = min(self.finality), max(self.finality)
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]

    @property
    def by_spend(self) -> list[Campaign]:
        """Campaigns, the one with the highest spend first."""
        return sorted(self.campaigns.values(), key=lambda campaign: (-campaign.total.spend, campaign.id))

    def on(self, day: date) -> Figures:
        """Return all campaigns of a day together."""
        return added(campaign.days.get(day, Figures()) for campaign in self.campaigns.values())

    @property
    def total(self) -> Figures:
        """Everything together."""
        return added(campaign.total for campaign in self.campaigns.values())

    def may_change(self, metric: str, day: date) -> bool:
        """Tell whether a day's figure is not final: CTR for a day, spend for 14, CPA for the attribution window too."""
        state = self.finality.get(day, FINAL)
        settled = {FINAL}
        if metric in {"spend", "ctr"}:
            settled.add(CONVERSIONS_MAY_ARRIVE)
        if metric == "ctr":
            settled |= SPEND_MAY_MOVE
        return state not in settled


def added(figures: Iterable[Figures]) -> Figures:
    """Return figures together."""
    return sum(figures, Figures())


def read_accounts(warehouse: Warehouse) -> list[Account]:
    """Return every account with figures, by name."""
    columns, rows = warehouse.ask(_DAYS)
    accounts: dict[tuple[str, str], Account] = {}
    for values in rows:
        row = dict(zip(columns, values, strict=True))
        currency = row["currency"] or "no currency"
        key = (row["account_id"], currency)
        if key not in accounts:
            accounts[key] = Account(*key[:1], row["account_name"], currency, row["timezone"], row["as_of"])
        account = accounts[key]
        campaign = account.campaigns.setdefault(row["campaign_id"], Campaign(row["campaign_id"], row["campaign_name"]))
        campaign.days[row["date_day"]] = Figures(
            float(row["spend"]), row["impressions"], row["clicks"], row["conversions"], float(row["conversion_value"])
        )
        account.finality[row["date_day"]] = row["finality"]
    return list(accounts.values())
