"""The requests that together give all records of an endpoint for one account; pure."""

from __future__ import annotations

import typing as t
from urllib.parse import quote

from tap_twitter_ads_async.objects.declaration import COUNTRY_CODES, REPLICATION_KEY

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_twitter_ads_async.objects.declaration import FanOut, ObjectEndpoint, Pass
    from tap_twitter_ads_async.settings.model import Settings

WITH_DELETED = "with_deleted"
SORT_BY = "sort_by"


class Request(t.NamedTuple):
    """One collection to read, page by page.

    Attributes:
        path: Path below the version segment.
        route: The path with `:name` in place of each id.
        params: Query parameters, without cursor.
        columns: Columns of each record that come from the path and the parameters.
        whole: Read to the end, whatever the bookmark.
        of_one_parent: A refusal may concern the parent asked for, rather than the endpoint.
    """

    path: str
    route: str
    params: dict[str, str | int]
    columns: dict[str, str]
    whole: bool
    of_one_parent: bool

    def without(self, parameter: str) -> Request:
        """Return the same request without a query parameter."""
        return self._replace(params={k: v for k, v in self.params.items() if k != parameter})


def requests_of(
    endpoint: ObjectEndpoint, settings: Settings, account_id: str, values: Sequence[str]
) -> Iterator[Request]:
    """Yield an endpoint's requests.

    Args:
        endpoint: The declaration.
        settings: Page size, first day, and whether deleted objects are wanted.
        account_id: Ads account, empty for global endpoints.
        values: What to fan out over; without meaning where the endpoint does not.
    """
    for one_pass in endpoint.passes:
        base = Request(
            path=endpoint.path.replace("{account_id}", account_id),
            route=endpoint.path.replace("{", ":").replace("}", ""),
            params=_params(endpoint, one_pass, settings),
            columns={"account_id": account_id} if "account_id" in endpoint.key else {},
            whole=one_pass.whole,
            of_one_parent=False,
        )
        if endpoint.fan_out is None:
            yield base
            continue
        fan_out = endpoint.fan_out
        for start in range(0, len(values), fan_out.chunk):
            yield _for_values(base, fan_out, values[start : start + fan_out.chunk])


def _params(endpoint: ObjectEndpoint, one_pass: Pass, settings: Settings) -> dict[str, str | int]:
    start_day = settings.start.day.isoformat()
    params: dict[str, str | int] = {
        k: v.replace("{start_day}", start_day) for k, v in {**endpoint.params, **one_pass.params}.items()
    }
    if endpoint.count is not None:
        params["count"] = min(settings.page_size, endpoint.count)
    if endpoint.sortable and not endpoint.unordered:
        params[SORT_BY] = f"{REPLICATION_KEY}-desc"
    if endpoint.deletable and settings.with_deleted:
        params[WITH_DELETED] = "true"
    return params


def _for_values(base: Request, fan_out: FanOut, values: Sequence[str]) -> Request:
    variable = f"{{{fan_out.parameter}}}"
    in_path = variable in base.path
    return base._replace(
        path=base.path.replace(variable, quote(values[0], safe="")) if in_path else base.path,
        params=base.params if in_path else {**base.params, fan_out.parameter: ",".join(values)},
        columns={**base.columns, fan_out.column: values[0]} if fan_out.column else base.columns,
        of_one_parent=fan_out.chunk == 1 and fan_out.sources != (COUNTRY_CODES,),
    )
