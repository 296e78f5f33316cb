"""A local stand-in for the X Ads API: a deterministic world behind the API's own routes, rules and errors.

It shares no table or rule with the tap: tests compare two implementations instead of one with itself.
"""
