"""What the streams of one run share, and what a run tells people."""
