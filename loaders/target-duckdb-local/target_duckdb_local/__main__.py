"""Runs the target with `python -m target_duckdb_local`."""

from __future__ import annotations

from target_duckdb_local.target import TargetDuckDBLocal

if __name__ == "__main__":
    TargetDuckDBLocal.cli()
