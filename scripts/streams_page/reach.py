"""The reach part of `docs/streams.md`."""

from __future__ import annotations

from streams_page.objects import columns_table, table
from tap_twitter_ads_async.domain.schemas import load_schema
from tap_twitter_ads_async.reach.reading import REACH_ENTITIES

_INTRODUCTION = """\
## Reach streams

How many people saw an entity's ads in a period, and how often: one record per entity and period (`reach_periods`) in
which the entity was active. Not selected by default, because accounts need the feature
`REACH_AND_FREQUENCY_ANALYTICS`. Key: `account_id`, `entity_id`, `period`, `start_time`. Later runs extract again the
periods that the change feed names, and those that have ended since.

**Reach is never additive**, neither over periods nor over entities: the same people are counted in each. Extract the
period that you want to show. Periods follow the calendar in the account's time zone, with weeks from Monday, and are
always whole: the first month of an extraction begins on the first of the month, whatever the start date. A period
that is not over ends at the last full hour, with `complete` false.
"""


def sections() -> list[str]:
    """Return the sections of the page, in Markdown."""
    rows = [(f"`{e.stream}`", e.entity, f"`GET stats/accounts/:account_id/reach/{e.path}`") for e in REACH_ENTITIES]
    columns = columns_table(load_schema(REACH_ENTITIES[0].stream))
    return [_INTRODUCTION, table(("stream", "entity type", "endpoint"), rows), columns]
