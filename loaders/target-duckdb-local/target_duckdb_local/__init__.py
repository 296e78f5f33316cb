"""Singer target that upserts into one local DuckDB file."""
