"""Batch files: records as files of JSON lines or columns, named by BATCH messages."""
