"""The Singer protocol and the SDK's own ground."""
