{{ x_ads.daily_figures(ref('stg_x_ads__media_creative_stats')) }}
