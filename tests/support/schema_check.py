"""Records against the SCHEMA messages before them."""

from __future__ import annotations

import collections
import typing as t

import jsonschema

if t.TYPE_CHECKING:
    from tests.support.world import Json, Outcome

_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
    "object": (dict,),
    "array": (list,),
}
_FULLY_CHECKED = 5


class SchemaCheck:
    """Validates records against the SCHEMA messages before them.

    The types of all records are compared; a full validation, a hundred times slower, looks at some of each stream.
    """

    def __call__(self, outcome: Outcome) -> None:
        """Check every record of a run."""
        validators: dict[str, jsonschema.protocols.Validator] = {}
        types: dict[str, dict[str, frozenset[type]]] = {}
        seen: collections.Counter[str] = collections.Counter()
        for message in outcome.messages:
            stream = message.get("stream", "")
            if message["type"] == "SCHEMA":
                validators[stream] = jsonschema.Draft7Validator(message["schema"])
                types[stream] = {c: _types(p) for c, p in message["schema"]["properties"].items()}
            elif message["type"] == "RECORD":
                allowed = types[stream]
                wrong = {c: v for c, v in message["record"].items() if type(v) not in allowed[c]}
                assert not wrong, (stream, wrong)
                seen[stream] += 1
                if seen[stream] <= _FULLY_CHECKED:
                    validators[stream].validate(message["record"])


def _types(field_schema: Json) -> frozenset[type]:
    names = field_schema["type"]
    return frozenset(kind for name in ([names] if isinstance(names, str) else names) for kind in _PYTHON_TYPES[name])
