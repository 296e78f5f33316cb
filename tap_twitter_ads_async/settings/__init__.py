"""Settings: how they are declared, what they mean once parsed, and how a raw config becomes them."""
