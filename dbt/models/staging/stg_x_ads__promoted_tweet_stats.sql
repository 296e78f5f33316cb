{{ x_ads.loaded_stats('promoted_tweet_stats') }}
