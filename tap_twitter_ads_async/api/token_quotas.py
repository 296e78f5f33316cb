"""What a person can do about quotas that the API counts for the token, over all runs that use it."""

from __future__ import annotations

_HINTS: tuple[tuple[str, str, str], ...] = (
    (
        "GET",
        "accounts",
        "The API allows 5 readings of the list of accounts in 15 minutes; a run with setting 'account_ids' makes none",
    ),
    (
        "GET",
        "targeting_criteria/locations",
        "Segmented streams look up the countries of 'country_codes' once a week, US never",
    ),
    (
        "GET",
        "targeting_criteria/platforms",
        "Segmented streams look up platforms once a week",
    ),
    ("GET", "stats/accounts/:account_id", "Jobs are created instead, so that no stream waits"),
    ("POST", "stats/jobs", "The API allows 450 writes in a minute"),
)
_WHOLE_ROUTES = frozenset({"accounts", "stats/accounts/:account_id"})
"""Routes whose quota is not that of the routes that begin alike."""
_OTHER_READS = "Select streams that belong to no account in one run only"


def hint_for(method: str, route: str) -> str:
    """Return a sentence to put behind the message of a wait.

    Args:
        method: HTTP method.
        route: Path without ids.
    """
    found = next((words for m, prefix, words in _HINTS if m == method and _begins(route, prefix)), "")
    of_no_account = method == "GET" and ":" not in route
    words = found or (_OTHER_READS if of_no_account else "")
    return f". The quota is the token's, shared by all its runs. {words}" if words else ""


def _begins(route: str, prefix: str) -> bool:
    return route == prefix or (prefix not in _WHOLE_ROUTES and route.startswith(prefix))
