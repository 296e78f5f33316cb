"""Runs dbt on the package in `dbt/`, over PostgreSQL or the demo's DuckDB file; its arguments are dbt's."""

from __future__ import annotations

import os
import sys

from dotenv import dotenv_values
from marts import DbtMissing, duckdb_target, postgres_target, run_environment
from marts import environment as dbt_environment
from programs import OUTPUT, ROOT


def main() -> None:
    """Become dbt; does not return."""
    # As for Meltano: the environment wins over .env.
    given = {name: value for name, value in dotenv_values(ROOT / ".env").items() if value} | os.environ
    if "X_ADS_TARGET" in given:
        target = {}
    elif "TARGET_POSTGRES_HOST" in given:
        target = postgres_target(given)
    else:
        target = duckdb_target(OUTPUT / "demo.duckdb")
    try:
        program = dbt_environment() / "dbt"
    except DbtMissing as missing:
        sys.exit(f"dbt: {missing}")
    environment = run_environment({**given, **target}, OUTPUT / "dbt")
    os.execve(program, [str(program), *sys.argv[1:]], environment)  # noqa: S606 - our own executable, no shell


if __name__ == "__main__":
    main()
