"""What the tap answers without extracting: its accounts, its streams, what a state says."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import typing as t
from dataclasses import dataclass
from pathlib import Path

from x_ads_shards.ending import INCOMPLETE

if t.TYPE_CHECKING:
    from x_ads_shards.shard import Project, Shard

SECONDS = 300


class TapRefused(RuntimeError):
    """The tap did not answer; the message is its own.

    Attributes:
        exit_code: The tap's.
    """

    def __init__(self, exit_code: int, words: str) -> None:
        super().__init__(words)
        self.exit_code = exit_code


@dataclass(frozen=True, slots=True)
class Account:
    """One ads account that the token can read."""

    id: str
    name: str = ""
    approval_status: str = ""


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream of the tap's catalog.

    Attributes:
        kind: `stats`, `reach`, `objects` (of an account) or `reference` (the same for every account).
        selected: Whether the tap selects it by default.
    """

    name: str
    kind: str
    selected: bool


def accounts(project: Project) -> list[Account]:
    """Ask the API for the accounts: one of five such requests that a token has in 15 minutes.

    Raises:
        TapRefused: Settings are wrong, credentials are refused, or the API did not answer.
    """
    listed = json.loads(_ask(project, "--config=ENV", "--accounts=json"))
    rows = listed.get("accounts", []) if isinstance(listed, dict) else listed
    return [
        Account(str(row["id"]), str(row.get("name") or ""), str(row.get("approval_status") or ""))
        for row in rows
        if not row.get("deleted")
    ]


def streams(project: Project) -> list[Stream]:
    """Return the streams that the tap's settings give; no request is made."""
    catalog = json.loads(_ask(project, "--config=ENV", "--discover"))
    return [_stream(entry) for entry in catalog["streams"]]


def state_of(project: Project, shard: Shard) -> dict[str, t.Any] | None:
    """Return a shard's Singer state from Meltano's state backend, None before the first run."""
    done = subprocess.run(
        [project.meltano, "state", "get", shard.state_id],
        cwd=project.root,
        env={**project.environment(shard), "MELTANO_CLI_LOG_FORMAT": "plain"},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    try:
        content = json.loads(done.stdout.strip().splitlines()[-1])
    except (ValueError, IndexError):
        return None
    return content.get("singer_state") or None


def coverage(project: Project, shard: Shard) -> str | None:
    """Return what a shard's state says, as the tap tells it to people; None where there is nothing to tell."""
    state = state_of(project, shard)
    if state is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "state.json"
        file.write_text(json.dumps(state), "utf-8")
        try:
            return _ask(project, "--config=ENV", "--state", str(file), "--status").rstrip() or None
        except TapRefused:
            return None


def _ask(project: Project, *arguments: str) -> str:
    done = subprocess.run(
        [project.tap, *arguments],
        cwd=project.root,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    if done.returncode:
        raise TapRefused(done.returncode or INCOMPLETE, done.stderr.strip()[-2_000:])
    return done.stdout


def _stream(entry: dict[str, t.Any]) -> Stream:
    root: dict[str, t.Any] = next((m["metadata"] for m in entry.get("metadata", ()) if not m["breadcrumb"]), {})
    key = tuple(entry.get("key_properties") or ())
    name = str(entry["stream"])
    selected = root.get("selected", root.get("selected-by-default", True))
    of_account = "account_id" in entry["schema"]["properties"] or name == "accounts"
    return Stream(name, _kind(key, of_account=of_account), bool(selected))


def _kind(key: tuple[str, ...], *, of_account: bool) -> str:
    if "period" in key:
        return "reach"
    if "granularity" in key:
        return "stats"
    return "objects" if of_account else "reference"
