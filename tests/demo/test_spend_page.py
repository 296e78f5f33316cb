"""The spend page draws what the marts hold: every bar, every hatching and every figure of its tables."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from charts import Days, Series, bars, line, rounded_up
from spend import FINAL, Account, Campaign, Figures
from spend_page import short, spend_page

FIRST = date(2026, 3, 1)
STATES = (
    "FINAL",
    "CONVERSIONS_MAY_ARRIVE",
    "SPEND_MAY_BE_ADJUSTED",
    "SPEND_IS_ESTIMATED",
    "METRICS_MAY_MOVE",
    "DAY_NOT_OVER",
)
DAYS = [FIRST + timedelta(days=n) for n in range(len(STATES))]
SPEND = {"Spring & <Co>": (10.0, 20.0, 0.0, 40.0, 5.0, 1.5), "Autumn": (5.0, 0.0, 15.0, 10.0, 5.0, 0.5)}


def account(name: str = "Acme", campaigns: int = 0) -> Account:
    """Return an account with a day in every state; some campaigns more if asked for."""
    made = Account("18ce54d4x5t", name, "EUR", "Europe/Berlin", datetime(2026, 3, 6, 9, 30))  # noqa: DTZ001 - as the marts have it
    spends = SPEND | {f"Campaign {n}": (0.1,) * len(DAYS) for n in range(campaigns)}
    for place, (title, values) in enumerate(spends.items()):
        figures = (Figures(value, 1000, 12, 2 if value > 4 else 0, 3 * value) for value in values)
        made.campaigns[str(place)] = Campaign(str(place), title, dict(zip(DAYS, figures, strict=True)))
    made.finality.update(zip(DAYS, STATES, strict=True))
    return made


def drawn(svg: str) -> list[list[ET.Element]]:
    """Return the rectangles of each day of a chart of bars."""
    root = ET.fromstring(svg)  # noqa: S314 - our own drawing
    return [group.findall("rect") for group in root.findall("g")]


@pytest.mark.parametrize(("metric", "settled"), [("ctr", 4), ("spend", 2), ("cpa", 1)])
def test_each_figure_settles_at_its_own_time(metric: str, settled: int) -> None:
    """CTR does not wait for late conversions, and spend does not either."""
    made = account()
    assert [made.may_change(metric, day) for day in made.days] == [False] * settled + [True] * (len(STATES) - settled)
    assert not made.may_change(metric, FIRST - timedelta(days=1))


def test_bars_are_as_high_as_spend_and_hatched_where_it_may_change() -> None:
    """A picture that does not say what the table says is worse than none."""
    made = account()
    stacks = [Series(title, n + 1, values) for n, (title, values) in enumerate(SPEND.items())]
    axis = Days(made.days, [made.may_change("spend", day) for day in made.days])
    days = drawn(bars("Spend", axis, stacks, short))
    scale = next(float(rect.get("height", 0)) for rect in days[0] if rect.get("fill")) / 10
    assert len(days) == len(DAYS)
    for n, rects in enumerate(days):
        coloured = [float(rect.get("height", 0)) for rect in rects if rect.get("fill")]
        expected = [values[n] * scale for values in SPEND.values() if values[n]]
        assert coloured == pytest.approx(expected, abs=0.3)
        hatched = [float(rect.get("height", 0)) for rect in rects if rect.get("class") == "hatched"]
        assert hatched == (pytest.approx([sum(expected)], abs=0.3) if axis.open[n] else [])
    assert "Sun 2026-03-01\nSpring &amp; &lt;Co&gt;: 10\nAutumn: 5" in bars("Spend", axis, stacks, short)


def test_line_has_a_gap_where_there_is_nothing_to_divide_by() -> None:
    """A CPA of nothing is not a CPA of zero; a day between two gaps is still to be seen."""
    axis = Days(DAYS, [False] * len(DAYS))
    svg = line("CPA", axis, Series("CPA", 1, [1.0, 2.0, None, 3.0, None, 4.0]), short)
    root = ET.fromstring(svg)  # noqa: S314 - our own drawing
    (path,) = root.findall("path")
    assert path.get("d", "").count("M") == 1
    assert len(root.findall("circle")) == 2
    assert len(root.findall("rect/title")) == 4


@pytest.mark.parametrize(
    ("value", "top"), [(0, 1), (0.013, 0.02), (1, 1), (1.01, 2), (390, 400), (599.99, 600), (8_001, 10_000)]
)
def test_axes_end_at_round_numbers(value: float, top: float) -> None:
    """Ticks at 337.25 cannot be read."""
    assert rounded_up(value) == pytest.approx(top)


def test_tables_have_every_day_and_campaign() -> None:
    """Whoever cannot see the charts has the figures."""
    made = account()
    html = spend_page([made])
    rows = re.findall(r"<tr><td>(\S+)</td><th scope=\"row\">(.*?)</th>(.*?)</tr>", html)
    assert len(rows) == len(DAYS) * len(SPEND)
    figures = {(day, name): re.findall(r'class="number">(.*?)<', cells) for day, name, cells in rows}
    assert figures["2026-03-04", "Spring &amp; &lt;Co&gt;"] == ["40.00", "1.20%", "20.00"]
    assert figures["2026-03-06", "Autumn"] == ["0.50", "1.20%", "none"]
    assert "<dd>112.00 EUR</dd>" in html
    assert "<Co>" not in html
    assert sum(": may" in row[2] or "final" in row[2] for row in rows) == len(SPEND)


def test_many_campaigns_share_the_last_colour() -> None:
    """There are eight colours that can be told apart."""
    html = spend_page([account(campaigns=9)])
    legend = re.search(r'aria-label="Colours of campaigns">(.*?)</ul>', html)
    assert legend is not None
    assert legend[1].count("<li>") == 8
    assert "4 more" in legend[1]


def test_page_without_figures_says_so() -> None:
    """An account of yesterday has none yet."""
    assert "No figures have been loaded yet" in spend_page([])


def test_ids_are_unique_and_charts_have_a_name() -> None:
    """Links of the page lead somewhere, and screen readers can tell charts apart."""
    second = account("Beta")
    second.currency = "USD"
    html = spend_page([account(), second])
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(ids)
    assert html.count('role="img"') == html.count('role="img" aria-label="')
    assert FINAL.lower() in html
    assert html.count("<h1>") == 1
