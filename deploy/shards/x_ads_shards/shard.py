"""What a shard is, and where its run finds what it needs."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

TAP = "tap-twitter-ads-async"
TAP_PREFIX = "TAP_TWITTER_ADS_ASYNC_"
LOADER = "target-postgres"


@dataclass(frozen=True, slots=True)
class Shard:
    """Accounts that are extracted by one run at a time.

    Attributes:
        name: Names state and report; must stay the same from run to run.
        account_ids: Ads accounts; empty for streams that belong to no account.
        streams: Selects these streams; empty for the selection of `meltano.yml`.
        max_concurrent_jobs: This shard's part of the 100 jobs in flight that the API allows per account, None for the
            setting's default.
    """

    name: str
    account_ids: tuple[str, ...] = ()
    streams: tuple[str, ...] = ()
    max_concurrent_jobs: int | None = None

    @property
    def state_id(self) -> str:
        """Key of the shard's state in Meltano's state backend."""
        return f"x-ads-{self.name}"


@dataclass(frozen=True, slots=True)
class Project:
    """The Meltano project whose plugins run.

    Attributes:
        root: Folder of `meltano.yml`.
        work: Folder for what a run leaves on this machine: Meltano's run files, reports.
        bin: Folder of the programs `meltano` and the tap.
        loader: Name of the loader's plugin.
    """

    root: Path
    work: Path
    bin: Path
    loader: str = LOADER

    @classmethod
    def of_environment(cls) -> Project:
        """Read the variables `X_ADS_PROJECT`, `X_ADS_WORK`, `X_ADS_BIN` and `X_ADS_LOADER`; see `deploy/README.md`."""
        root = Path(os.environ.get("X_ADS_PROJECT", Path.cwd())).resolve()
        return cls(
            root=root,
            work=Path(os.environ.get("X_ADS_WORK", root / "output" / "shards")).resolve(),
            bin=Path(os.environ.get("X_ADS_BIN", root / ".venv" / "bin")).absolute(),
            loader=os.environ.get("X_ADS_LOADER", LOADER),
        )

    @property
    def meltano(self) -> str:
        """Path of Meltano's program, else its name for the search path."""
        return self._program("meltano")

    @property
    def tap(self) -> str:
        """Path of the tap's program, else its name for the search path."""
        return self._program(TAP)

    def report(self, shard: Shard) -> Path:
        """Return the folder of a shard's `run.json` and `run.html`."""
        return self.work / "reports" / shard.name

    def environment(self, shard: Shard) -> dict[str, str]:
        """Return the variables of a shard's run: this process's, and what is the shard's own."""
        # Meltano's own database: two first commands on one would fail, and a busy one keeps others waiting. The state
        # lies in it where no other state backend is named.
        database = os.environ.get("MELTANO_DATABASE_URI", f"sqlite:///{self.work}/{shard.name}.db")
        own = {
            "MELTANO_DATABASE_URI": database,
            # The log is read for the tap's exit code: a logging.yaml of the project would give it another form.
            "MELTANO_CLI_LOG_CONFIG": os.devnull + "/none",
            "MELTANO_CLI_LOG_FORMAT": "json",
            f"{TAP_PREFIX}REPORT_PATH": str(self.report(shard)),
        }
        if shard.account_ids:
            own[f"{TAP_PREFIX}ACCOUNT_IDS"] = ",".join(shard.account_ids)
        if shard.streams:  # not `--select`, which can only take away from the selection of meltano.yml
            own[f"{TAP_PREFIX}_SELECT"] = json.dumps([f"{stream}.*" for stream in shard.streams])
        if shard.max_concurrent_jobs is not None:
            own[f"{TAP_PREFIX}MAX_CONCURRENT_JOBS"] = str(shard.max_concurrent_jobs)
        return {**os.environ, **own}

    def _program(self, name: str) -> str:
        path = self.bin / name
        return str(path) if path.exists() else name
