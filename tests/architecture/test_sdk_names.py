"""Private names of the Singer SDK: which the tap uses, and that only `singer/` does."""

from __future__ import annotations

import ast

from tests.architecture.imports import modules
from tests.architecture.sdk_names import private_members, private_uses

USED: dict[str, frozenset[str]] = {
    "singer.batch.output": frozenset({"helpers._batch.BaseBatchFileEncoding", "helpers._batch.SDKBatchMessage"}),
    "singer.batch.storage": frozenset({"helpers._batch.StorageTarget"}),
    "singer.cli": frozenset({"plugin_base._ConfigInput"}),
    "singer.environment": frozenset({"configuration._dict_config.parse_environment_config"}),
    "singer.state": frozenset({"helpers._state.get_writeable_state_dict"}),
    "singer.stream": frozenset(
        {
            "helpers._batch.BatchConfig",
            "_generate_record_messages",
            "_increment_stream_state",
            "_process_record",
            "_stream_version",
            "_sync_batches",
            "_sync_records",
            "_tap",
            "_write_starting_replication_value",
            "_write_state_message",
        }
    ),
    "singer.stream_maps": frozenset({"helpers._catalog.get_selected_schema"}),
    "singer.base_tap": frozenset(
        {
            "helpers._classproperty.classproperty",
            "_config",
            "_env_var_config",
            "_env_var_prefix",
            "_handle_termination",
            "_state",
            "_validate_config",
        }
    ),
}
"""What has to be looked at when a new version of the SDK comes."""


def test_private_names_of_the_sdk_are_those_of_the_list() -> None:
    """They may change in any release; here they are found, and nowhere else are they used."""
    found = {name: {use.removeprefix("singer_sdk.") for use in private_uses(path)} for name, path in modules().items()}
    assert {name: uses for name, uses in found.items() if uses} == USED
    assert all(name.startswith("singer.") for name in USED)


def test_no_string_names_a_private_member_elsewhere() -> None:
    """`getattr` and `__dict__` would be a way round."""
    for name, path in modules().items():
        if name.startswith(("singer.", "simulator.")):
            continue
        texts = {n.value for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Constant)}
        assert not texts & private_members(), name


def test_the_reader_of_private_names_sees_them() -> None:
    """A check that reads nothing finds nothing."""
    assert {"_sync_records", "_tap", "_config", "_validate_config"} <= private_members()
    assert "name" not in private_members()
