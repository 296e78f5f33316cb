"""Lets the tap run as `python -m tap_twitter_ads_async`."""

from tap_twitter_ads_async.tap import TapTwitterAdsAsync

if __name__ == "__main__":
    TapTwitterAdsAsync.cli()
