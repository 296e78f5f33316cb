"""The history of objects: who changed what, asked object by object."""
