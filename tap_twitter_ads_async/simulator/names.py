"""Names and figures that look like a marketing team's."""

from __future__ import annotations

from tap_twitter_ads_async.simulator.hashing import pick

COMPANIES = (
    ("Northwind Outfitters", "USD", "northwind.example"),
    ("Harbour & Finch", "GBP", "harbourfinch.example"),
    ("Saffron Street Foods", "INR", "saffronstreet.example"),
    ("Coral Bay Surf Co", "AUD", "coralbay.example"),
    ("Ipanema Audio", "BRL", "ipanemaaudio.example"),
    ("Kiyomi Skincare", "JPY", "kiyomi.example"),
    ("Fjord Bikes", "EUR", "fjordbikes.example"),
    ("Desert Bloom Hotels", "KWD", "desertbloom.example"),
)
TIMEZONES = (
    "America/Los_Angeles",
    "Europe/London",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Asia/Tokyo",
    "Europe/Berlin",
    "Asia/Kuwait",
)
_SEASONS = (
    "Spring Launch",
    "Summer Sale",
    "Back to School",
    "Always On",
    "Black Friday",
    "New Year",
    "Brand Film",
)
_AIMS = ("Prospecting", "Retargeting", "Loyalty", "Awareness", "Competitors", "Lookalikes")
_AUDIENCES = (
    "Men 18-34",
    "Women 25-49",
    "Sports fans",
    "Home cooks",
    "Tech early adopters",
    "City dwellers",
    "Parents",
)
_TWEETS = (
    "Meet the new collection. Built for the long way home.",
    "48 hours only: 20% off everything. Yes, everything.",
    "We asked 1,000 customers what they wanted. Here it is.",
    "Free shipping until Sunday. Tell a friend.",
    "The story behind our most loved product, in 15 seconds.",
    "New in the app: order again with one tap.",
)


def campaign_name(*parts: object) -> str:
    """Return a campaign's name."""
    return f"{pick(_SEASONS, 'season', *parts)} - {pick(_AIMS, 'aim', *parts)}"


def line_item_name(*parts: object) -> str:
    """Return an ad group's name."""
    return f"{pick(_AUDIENCES, 'audience', *parts)} - {pick(('Feed', 'Video', 'Carousel', 'Test'), 'form', *parts)}"


def tweet_text(*parts: object) -> str:
    """Return the text of a tweet."""
    return pick(_TWEETS, "tweet", *parts)
