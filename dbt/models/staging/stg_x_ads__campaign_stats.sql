{{ x_ads.loaded_stats('campaign_stats') }}
