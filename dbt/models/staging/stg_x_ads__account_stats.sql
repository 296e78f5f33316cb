{{ x_ads.loaded_stats('account_stats') }}
