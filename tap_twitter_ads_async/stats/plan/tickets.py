"""Tickets: what the state remembers of jobs on the server, so that the next run takes them up again.

A ticket belongs to a layer, because two layers may ask the same, of different moments. A job serves a layer only if the
server created it when it knew all that the layer is about; see `Window.as_of`.
"""

from __future__ import annotations

import typing as t

from tap_twitter_ads_async.domain.calendar import parse_stamp, stamp

if t.TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from tap_twitter_ads_async.stats.plan.spec import JobSpec, Window

Json = dict[str, t.Any]


class Ticket(t.NamedTuple):
    """A job on the server.

    Attributes:
        job_id: The API's id.
        created_at: When the server created it, by its clock; None where nobody knows.
    """

    job_id: str
    created_at: datetime | None = None


def ticket_name(spec: JobSpec, window: Window) -> str:
    """Name the ticket of a spec within the layer of a window."""
    return f"{spec.digest()}-{window.layer_key}" if window.layer_key else spec.digest()


def inherited_job(
    tickets: Mapping[str, Ticket], spec: JobSpec, window: Window, taken: Collection[str]
) -> Ticket | None:
    """Return the job that an earlier run left for a spec, if it may serve.

    Args:
        tickets: The tickets that the run found in the state.
        spec: What is to be asked for.
        window: What the spec is part of.
        taken: Ids of jobs that serve other specs.
    """
    ticket = tickets.get(ticket_name(spec, window)) or tickets.get(spec.digest())  # older states know no layers
    if ticket is None or ticket.job_id in taken or not serves(ticket.created_at, window):
        return None
    return ticket


def serves(created_at: datetime | None, window: Window) -> bool:
    """Whether a job of an earlier run knows what a window is about; one whose age is unknown is judged once seen."""
    return created_at is None or window.as_of is None or created_at >= window.as_of


def to_json(tickets: Mapping[str, Ticket]) -> Json:
    """Return tickets as the state holds them."""
    return {
        name: {"id": job_id, **({"created_at": stamp(created)} if created else {})}
        for name, (job_id, created) in tickets.items()
    }


def from_json(fields: Mapping[str, t.Any]) -> dict[str, Ticket]:
    """Read tickets; a bare id is the form of older states. What is no ticket is left out: it is a hint at most."""
    found = {}
    for name, value in fields.items():
        if isinstance(value, dict) and value.get("id"):
            found[str(name)] = Ticket(str(value["id"]), _moment(value.get("created_at")))
        elif isinstance(value, (str, int)) and value:
            found[str(name)] = Ticket(str(value))
    return found


def _moment(text: t.Any) -> datetime | None:
    try:
        return parse_stamp(str(text)) if text else None
    except (ValueError, OverflowError):
        return None
