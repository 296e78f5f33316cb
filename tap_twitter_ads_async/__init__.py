"""Singer tap for X (Twitter) Ads, built around the API's asynchronous analytics jobs."""
