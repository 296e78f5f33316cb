"""Streams that carry personal data, and what the setting `personal_data` does with them."""

from __future__ import annotations

import typing as t

from tap_twitter_ads_async.errors import SettingsError
from tap_twitter_ads_async.objects.catalogue import ENDPOINTS

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_sdk.singerlib import Catalog

    from tap_twitter_ads_async.objects.declaration import ObjectEndpoint

PERSONAL_STREAMS: tuple[str, ...] = tuple(endpoint.name for endpoint in ENDPOINTS if endpoint.personal)
"""Streams that exist only while the setting `personal_data` is true."""


def offered_endpoints(
    *, personal_data: bool, endpoints: Sequence[ObjectEndpoint] = ENDPOINTS
) -> tuple[ObjectEndpoint, ...]:
    """Return the endpoints that become streams.

    Args:
        personal_data: The setting of this name.
        endpoints: The declarations.
    """
    return tuple(endpoint for endpoint in endpoints if personal_data or not endpoint.personal)


def check_selection(catalog: Catalog | None, *, personal_data: bool) -> None:
    """Refuse a catalog that selects personal data which the settings keep out.

    Such a catalog was discovered while the setting was true, or by a version that had no such setting. Leaving the
    streams out in silence would make a run that looks complete and is not.

    Args:
        catalog: The catalog handed to the tap, None for none.
        personal_data: The setting of this name.

    Raises:
        SettingsError: The catalog selects one of the streams.
    """
    if personal_data or catalog is None:
        return
    entries = [catalog[name] for name in PERSONAL_STREAMS if name in catalog]
    selected = [entry.tap_stream_id for entry in entries if entry.metadata.resolve_selection()[()]]
    if selected:
        raise SettingsError(
            f"The catalog selects {' and '.join(selected)}: personal data, which exists only with the setting "
            "'personal_data'. Deselect it or discover the catalog again (with Meltano: meltano run "
            "--refresh-catalog …); if you want it, set personal_data to true. Nothing was requested."
        )
