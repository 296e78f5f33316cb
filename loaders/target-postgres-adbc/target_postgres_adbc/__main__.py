"""Runs the target with `python -m target_postgres_adbc`."""

from __future__ import annotations

from target_postgres_adbc.target import TargetPostgresAdbc

if __name__ == "__main__":
    TargetPostgresAdbc.cli()
