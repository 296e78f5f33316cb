"""The heart: from changed entities to jobs, from jobs to files, from files to flat records."""
