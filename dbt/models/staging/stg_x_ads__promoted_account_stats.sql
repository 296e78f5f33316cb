{{ x_ads.loaded_stats('promoted_account_stats') }}
