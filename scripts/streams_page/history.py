"""The part of `docs/streams.md` on the history of objects."""

from __future__ import annotations

from streams_page.objects import columns_table, table
from tap_twitter_ads_async.domain.schemas import load_schema
from tap_twitter_ads_async.objects.history.reading import HISTORY, SOURCES

_INTRODUCTION = """\
## History of objects

`account_history`: who changed which object when, and what it was then: one record per change, from `start_date` on.
Not selected by default: X has it in beta (`GET accounts/:account_id/account_history`), and an app that is not admitted
is refused, which is one WARNING per account. Key: `account_id`, `entity`, `entity_id`, `change_time`, `change_id`.

X tells the history of one object at a time. So the tap reads the lists of objects, newest change first, down to the
bookmark, and makes one request for each object that changed since: a first run makes one for every object that changed
after `start_date`, a later one only few. X allows 2,000 such requests in 15 minutes and account. The last full hour is
the end of what is asked for; it counts as done ten minutes later. X documents neither how far back its history reaches
nor what stands in `changes`: the tap passes on what comes.
"""


def sections() -> list[str]:
    """Return the sections of the page, in Markdown."""
    rows = [(kind, f"`{stream}`") for kind, stream in SOURCES.items()]
    return [_INTRODUCTION, table(("entity", "objects"), rows), columns_table(load_schema(HISTORY.name))]
