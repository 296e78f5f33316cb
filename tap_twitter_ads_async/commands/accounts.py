"""`--accounts`: the ads accounts that the token can read.

One request lists them. Their currency is not part of the list; it is that of their funding instruments, which takes
one read for each account. Those are counted per account, so that the whole costs the token one request.
"""

from __future__ import annotations

import json
import logging
import typing as t
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

from tap_twitter_ads_async.commands.text_table import aligned
from tap_twitter_ads_async.errors import ApiError, CredentialsRejected, SettingsError
from tap_twitter_ads_async.settings.declaration import SECRETS

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_twitter_ads_async.api.client import AdsApi
    from tap_twitter_ads_async.run.context import RunContext

logger = logging.getLogger("tap-twitter-ads-async")

PARALLEL_READS = 8
HEAD = ("id", "name", "time zone", "currency", "approval", "deleted")
UNKNOWN = "-"


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account.

    Attributes:
        id: Base-36 id, as setting `account_ids` takes it.
        name: Its name, None where the API gives none.
        timezone: Name in the tz database, None where the API gives none.
        currency: ISO 4217 code, None if no funding instrument has one, or if they differ.
        approval_status: `ACCEPTED`, `UNDER_REVIEW` or `REJECTED`.
        deleted: Whether the account was deleted; such accounts are extracted only where `account_ids` names them.
    """

    id: str
    name: str | None
    timezone: str | None
    currency: str | None
    approval_status: str | None
    deleted: bool


def read_accounts(run: RunContext) -> list[AccountRow]:
    """Read every account of the token, by id.

    Raises:
        SettingsError: Credentials are missing.
        ApiError: The list could not be read.
    """
    missing = [name for name in SECRETS if not getattr(run.settings.credentials, name)]
    if missing:
        raise SettingsError(f"Listing accounts needs the credentials; not set: {', '.join(missing)}")
    records = run.account_records
    with ThreadPoolExecutor(PARALLEL_READS) as readers:
        currencies = list(readers.map(lambda record: _currency(run.api, str(record["id"])), records))
    return [
        AccountRow(
            id=str(record["id"]),
            name=record.get("name"),
            timezone=record.get("timezone"),
            currency=currency,
            approval_status=record.get("approval_status"),
            deleted=bool(record.get("deleted")),
        )
        for record, currency in zip(records, currencies, strict=True)
    ]


def _currency(api: AdsApi, account_id: str) -> str | None:
    """Return the one currency of an account's funding instruments; those in use count before deleted ones."""
    try:
        instruments = api.funding_instruments(account_id)
    except CredentialsRejected:
        raise
    except ApiError as error:
        words = "Account %s: its currency is unknown, because its funding instruments cannot be read: %s"
        logger.warning(words, account_id, error)
        return None
    in_use = {str(i["currency"]) for i in instruments if i.get("currency") and not i.get("deleted")}
    known = in_use or {str(i["currency"]) for i in instruments if i.get("currency")}
    return known.pop() if len(known) == 1 else None


def accounts_text(rows: Sequence[AccountRow]) -> str:
    """Return a table for a terminal."""
    if not rows:
        return "The token can read no ads account."
    cells = [
        (
            row.id,
            row.name or UNKNOWN,
            row.timezone or UNKNOWN,
            row.currency or UNKNOWN,
            row.approval_status or UNKNOWN,
            "yes" if row.deleted else "",
        )
        for row in rows
    ]
    return "\n".join(aligned(HEAD, cells))


def accounts_json(rows: Sequence[AccountRow]) -> str:
    """Return a JSON array with one object per account; keys as in `AccountRow`."""
    return json.dumps([asdict(row) for row in rows], indent=2)
