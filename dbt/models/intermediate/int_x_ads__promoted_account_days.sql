{{ x_ads.daily_figures(ref('stg_x_ads__promoted_account_stats')) }}
