"""The look that all HTML pages of this project share."""
