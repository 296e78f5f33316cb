"""From result files to flat records."""
