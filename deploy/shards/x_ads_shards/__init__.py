"""One shard of an X Ads pipeline: a run of Meltano for some accounts, with a state and an outcome of its own."""
