"""Commands other than the extraction: what there is, what a run would do, and what runs have done."""
