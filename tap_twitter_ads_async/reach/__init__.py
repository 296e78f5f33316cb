"""Reach and average frequency: one figure per entity and period, asked of the API directly, never added up."""
