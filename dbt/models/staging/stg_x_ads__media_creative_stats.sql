{{ x_ads.loaded_stats('media_creative_stats') }}
