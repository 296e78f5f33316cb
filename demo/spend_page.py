"""Writes the spend page: spend, CTR and CPA by day and campaign of each account, as one HTML file without a script."""

from __future__ import annotations

import typing as t
from html import escape

from charts import Days, Series, bars, line, small_bars, small_line, swatch

from tap_twitter_ads_async.pages.frame import SERIES, page

if t.TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from spend import Account, Campaign, Figures

_MAY_CHANGE = {
    "DAY_NOT_OVER": "the day is not over",
    "METRICS_MAY_MOVE": "everything, for 24 hours",
    "SPEND_IS_ESTIMATED": "spend is an estimate, conversions arrive",
    "SPEND_MAY_BE_ADJUSTED": "spend may be adjusted, conversions arrive",
    "CONVERSIONS_MAY_ARRIVE": "conversions may arrive",
    "FINAL": "final",
}


def write_spend_page(accounts: t.Sequence[Account], file: Path) -> None:
    """Write the page of all accounts."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(spend_page(accounts), "utf-8")


def spend_page(accounts: t.Sequence[Account]) -> str:
    """Return the page of all accounts."""
    if not accounts:
        return page("Spend on X Ads", "<h1>Spend on X Ads</h1>\n<p>No figures have been loaded yet.</p>")
    known = max(account.as_of for account in accounts)
    first = min(account.days[0] for account in accounts)
    last = max(account.days[-1] for account in accounts)
    links = "".join(f'<li><a href="#{_anchor(a)}">{escape(a.name)}, {escape(a.currency)}</a></li>' for a in accounts)
    read = (
        f"{first:%B} {first.day} to {last:%B} {last.day}, {last.year}; read at {known:%Y-%m-%d %H:%M} UTC. "
        "Days are those of each account's time zone, money is in its currency."
    )
    hatched = (
        "Hatched: may still change. X settles CTR within 24 hours and spend within 14 days; conversions, and with them "
        "CPA, arrive until the attribution window closes."
    )
    body = [
        f'<h1>Spend on X Ads</h1>\n<p class="muted">{read}</p>',
        f'<ul class="legend"><li>{swatch(None)} <span>{hatched}</span></li></ul>',
        f'<nav aria-label="Accounts"><ul class="parts">{links}</ul></nav>',
        *map(_account, accounts),
    ]
    return page("Spend on X Ads", "\n".join(body))


def _account(account: Account) -> str:
    anchor = _anchor(account)
    where = f"{escape(account.currency)}, {escape(account.timezone)}, account <code>{escape(account.id)}</code>"
    parts = (_tiles, _legend, _charts, _campaigns, _every_day)
    inside = "\n".join(part(account) for part in parts)
    return (
        f'<section aria-labelledby="{anchor}">\n<h2 id="{anchor}">{escape(account.name)}</h2>\n'
        f'<p class="muted">{where}</p>\n{inside}\n</section>'
    )


def _tiles(account: Account) -> str:
    total = account.total
    tiles = {
        "Spend": money(total.spend, account.currency),
        "Impressions": f"{total.impressions:,}",
        "CTR": percent(total.ctr),
        "CPA": money(total.cpa, account.currency),
        "ROAS": "none" if total.roas is None else f"{total.roas:.2f}",
    }
    cells = "".join(f'<div class="tile"><dt>{name}</dt><dd>{escape(value)}</dd></div>' for name, value in tiles.items())
    return f'<dl class="tiles">{cells}</dl>'


def _coloured(account: Account) -> list[tuple[Campaign, int]]:
    """Return campaigns with their colours; those with the least spend share the last one."""
    return [(campaign, min(place, SERIES)) for place, campaign in enumerate(account.by_spend, 1)]


def _legend(account: Account) -> str:
    entries = [(escape(campaign.name), colour) for campaign, colour in _coloured(account)]
    named = (
        entries if len(entries) <= SERIES else [*entries[: SERIES - 1], (f"{len(entries) - SERIES + 1} more", SERIES)]
    )
    items = "".join(f"<li>{swatch(colour)} {name}</li>" for name, colour in named)
    return f'<ul class="legend" aria-label="Colours of campaigns">{items}</ul>'


def _charts(account: Account) -> str:
    days, currency = account.days, account.currency
    stacks = [
        Series(campaign.name, colour, [_spend(campaign, day) for day in days])
        for campaign, colour in _coloured(account)
    ]
    spend = bars(
        f"Spend by day and campaign, {money(account.total.spend, currency)} in all",
        _axis(account, "spend"),
        stacks,
        short,
    )
    ctr = line(
        f"CTR by day, {percent(account.total.ctr)} on average",
        _axis(account, "ctr"),
        Series("CTR", 1, [account.on(day).ctr for day in days]),
        percent,
    )
    cpa = line(
        f"CPA by day, {money(account.total.cpa, currency)} on average",
        _axis(account, "cpa"),
        Series("CPA", 1, [account.on(day).cpa for day in days]),
        short,
    )
    drawn = ((f"Spend by campaign, {currency}", spend), ("CTR, clicks per impression", ctr), (f"CPA, {currency}", cpa))
    figures = "".join(f"<figure><figcaption>{escape(name)}</figcaption>{chart}</figure>" for name, chart in drawn)
    return f'<div class="charts">{figures}</div>'


def _campaigns(account: Account) -> str:
    rows = "".join(_campaign(account, campaign, colour) for campaign, colour in _coloured(account))
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("Campaign", "Spend", "CTR", "CPA"))
    return (
        f'<h3>Campaigns</h3><table class="cards"><caption>By spend; each small chart has its own scale</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _campaign(account: Account, campaign: Campaign, colour: int) -> str:
    total, days, currency = campaign.total, account.days, account.currency
    figures = [campaign.days.get(day) for day in days]
    cells = (
        ("Spend", money(total.spend, currency), small_bars, "spend", [f.spend if f else None for f in figures]),
        ("CTR", percent(total.ctr), small_line, "ctr", [f.ctr if f else None for f in figures]),
        ("CPA", money(total.cpa, currency), small_line, "cpa", [f.cpa if f else None for f in figures]),
    )
    drawn = "".join(
        f'<td data-label="{label}">{escape(value)}'
        + (chart(f"{label} by day of {campaign.name}", _axis(account, metric), Series(label, colour, values)))
        * any(values)
        + "</td>"
        for label, value, chart, metric, values in cells
    )
    return f'<tr><th scope="row">{escape(campaign.name)}</th>{drawn}</tr>'


def _every_day(account: Account) -> str:
    rows = "".join(
        f'<tr><td>{day}</td><th scope="row">{escape(campaign.name)}</th>{_numbers(campaign.days[day])}'
        f"<td>{escape(_MAY_CHANGE.get(account.finality[day], account.finality[day]))}</td></tr>"
        for day in reversed(account.days)
        for campaign in account.by_spend
        if day in campaign.days
    )
    names = (("Day", ""), ("Campaign", ""), ("Spend", "number"), ("CTR", "number"), ("CPA", "number"))
    heads = "".join(f'<th scope="col" class="{kind}">{name}</th>' for name, kind in names)
    return (
        f'<details><summary>{escape(account.name)}: every day in figures</summary><div class="scroll" tabindex="0" '
        f'role="region" aria-label="Every day of {escape(account.name)}"><table><thead><tr>{heads}'
        f'<th scope="col">What may still change</th></tr></thead><tbody>{rows}</tbody></table></div></details>'
    )


def _numbers(figures: Figures) -> str:
    values = (f"{figures.spend:,.2f}", percent(figures.ctr), "none" if figures.cpa is None else f"{figures.cpa:,.2f}")
    return "".join(f'<td class="number">{value}</td>' for value in values)


def _axis(account: Account, metric: str) -> Days:
    return Days(account.days, [account.may_change(metric, day) for day in account.days])


def _spend(campaign: Campaign, day: date) -> float | None:
    figures = campaign.days.get(day)
    return figures.spend if figures else None


def _anchor(account: Account) -> str:
    return f"account-{account.id}-{account.currency}".replace(" ", "-")


def money(amount: float | None, currency: str) -> str:
    """Return an amount with its currency, as people write it."""
    return "none" if amount is None else f"{amount:,.2f} {currency}"


def percent(share: float | None) -> str:
    """Return a share in percent."""
    return "none" if share is None else f"{100 * share:.2f}%"


def short(amount: float) -> str:
    """Return an amount for an axis: 1.2k instead of 1,200."""
    if amount >= 1000:  # noqa: PLR2004 - a thousand is what k means
        return f"{amount / 1000:g}k" if amount % 100 == 0 else f"{amount / 1000:.2f}k"
    return f"{amount:g}" if amount == round(amount, 1) else f"{amount:.2f}"
