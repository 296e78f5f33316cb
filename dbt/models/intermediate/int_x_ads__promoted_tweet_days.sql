{{ x_ads.daily_figures(ref('stg_x_ads__promoted_tweet_stats')) }}
