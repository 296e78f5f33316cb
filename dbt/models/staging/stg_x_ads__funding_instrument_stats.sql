{{ x_ads.loaded_stats('funding_instrument_stats') }}
