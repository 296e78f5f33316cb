{{ x_ads.daily_figures(ref('stg_x_ads__line_item_stats')) }}
