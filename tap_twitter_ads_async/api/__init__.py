"""The X Ads API over HTTP: values in, values out."""
