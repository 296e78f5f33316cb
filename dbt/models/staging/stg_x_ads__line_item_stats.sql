{{ x_ads.loaded_stats('line_item_stats') }}
