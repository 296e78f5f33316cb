"""What the API allows and how time runs: pure tables and arithmetic."""
