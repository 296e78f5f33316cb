"""The text of `docs/streams.md`, rendered from the streams' declarations and schemas."""
