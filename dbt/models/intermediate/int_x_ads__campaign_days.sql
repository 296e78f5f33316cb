{{ x_ads.daily_figures(ref('stg_x_ads__campaign_stats')) }}
