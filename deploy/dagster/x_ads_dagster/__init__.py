"""X Ads in Dagster: accounts are partitions, streams are assets, a run is one shard."""
