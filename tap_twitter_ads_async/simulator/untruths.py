"""Result files and jobs that are readable, and do not answer what was asked.

Each kind changes what a file holds, or what a job says of itself, as a broken, mistaken or newer server might.
"""

from __future__ import annotations

import copy
import typing as t

Json = dict[str, t.Any]


def untrue(body: Json, kind: str, entity_id: str | None) -> Json:
    """Return a result's body as a server in error might write it.

    Args:
        body: The body that answers the question.
        kind: What is wrong; see `KINDS`.
        entity_id: The entity that it is wrong for; None for the first of the file.
    """
    changed = copy.deepcopy(body)
    data: list[Json] = changed["data"]
    victims = [entity for entity in data if entity_id in {None, entity["id"]}][:1]
    KINDS[kind](changed, data, victims)
    return changed


def _parts(victims: list[Json]) -> list[Json]:
    return [part for entity in victims for part in entity["id_data"]]


def _no_data(body: Json, _data: list[Json], _victims: list[Json]) -> None:
    del body["data"]


def _errors(body: Json, _data: list[Json], _victims: list[Json]) -> None:
    body.clear()
    body["errors"] = [{"code": "INTERNAL_ERROR", "message": "Something went wrong"}]


def _null_data(body: Json, _data: list[Json], _victims: list[Json]) -> None:
    body["data"] = None


def _left_out(_body: Json, data: list[Json], victims: list[Json]) -> None:
    data[:] = [entity for entity in data if entity not in victims]


def _no_entries(_body: Json, _data: list[Json], victims: list[Json]) -> None:
    for entity in victims:
        entity["id_data"] = []


def _null_entries(_body: Json, _data: list[Json], victims: list[Json]) -> None:
    for entity in victims:
        entity["id_data"] = None


def _no_metrics(_body: Json, _data: list[Json], victims: list[Json]) -> None:
    for part in _parts(victims):
        part["metrics"] = {}


def _null_metrics(_body: Json, _data: list[Json], victims: list[Json]) -> None:
    for part in _parts(victims):
        part["metrics"] = None


def _missing_metrics(_body: Json, _data: list[Json], victims: list[Json]) -> None:
    for part in _parts(victims):
        del part["metrics"]


def _other_metrics(body: Json, _data: list[Json], victims: list[Json]) -> None:
    for part in _parts(victims):
        part["metrics"] = {"brand_new_metric": [7] * body["time_series_length"]}


def _empty(_body: Json, data: list[Json], _victims: list[Json]) -> None:
    data.clear()


def _other_dates(body: Json, _data: list[Json], _victims: list[Json]) -> None:
    body["request"]["params"]["start_time"] = "2016-01-01T00:00:00Z"


def _other_ids(body: Json, _data: list[Json], _victims: list[Json]) -> None:
    body["request"]["params"]["entity_ids"] = ["zzz"]


def _other_length(body: Json, _data: list[Json], _victims: list[Json]) -> None:
    body["time_series_length"] += 1


def _halves(_body: Json, data: list[Json], victims: list[Json]) -> None:
    """Spread the metrics of each entry over two entries of the entity."""
    for entity in victims:
        second = copy.deepcopy(entity)
        for ours, theirs in zip(entity["id_data"], second["id_data"], strict=True):
            names = sorted(ours["metrics"])
            ours["metrics"] = {name: ours["metrics"][name] for name in names[::2]}
            theirs["metrics"] = {name: theirs["metrics"][name] for name in names[1::2]}
        data.append(second)


def _long_array(_body: Json, _data: list[Json], victims: list[Json]) -> None:
    for metrics in (part["metrics"] for part in _parts(victims)):
        metrics["impressions"] = [*(metrics.get("impressions") or [1]), 1]


def _empty_array(_body: Json, _data: list[Json], victims: list[Json]) -> None:
    for metrics in (part["metrics"] for part in _parts(victims)):
        metrics["impressions"] = []


def _empty_object(_body: Json, _data: list[Json], victims: list[Json]) -> None:
    for metrics in (part["metrics"] for part in _parts(victims)):
        metrics["impressions"] = {}


def _twice(_body: Json, _data: list[Json], victims: list[Json]) -> None:
    """Repeat each entry with other figures."""
    for entity in victims:
        copies = copy.deepcopy(entity["id_data"])
        for part in copies:
            arrays = part["metrics"].items()
            part["metrics"] = {n: [v + 1 for v in a] if isinstance(a, list) else a for n, a in arrays}
        entity["id_data"] += copies


def _repeated(_body: Json, _data: list[Json], victims: list[Json]) -> None:
    """Repeat each entry as it is."""
    for entity in victims:
        entity["id_data"] += copy.deepcopy(entity["id_data"])


KINDS: dict[str, t.Callable[[Json, list[Json], list[Json]], None]] = {
    "no_data": _no_data,
    "errors": _errors,
    "null_data": _null_data,
    "left_out": _left_out,
    "no_entries": _no_entries,
    "null_entries": _null_entries,
    "no_metrics": _no_metrics,
    "null_metrics": _null_metrics,
    "missing_metrics": _missing_metrics,
    "other_metrics": _other_metrics,
    "empty": _empty,
    "other_dates": _other_dates,
    "other_ids": _other_ids,
    "other_length": _other_length,
    "halves": _halves,
    "long_array": _long_array,
    "empty_array": _empty_array,
    "empty_object": _empty_object,
    "twice": _twice,
    "repeated": _repeated,
}
"""What may be wrong, by name."""
