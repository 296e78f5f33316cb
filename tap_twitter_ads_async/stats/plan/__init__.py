"""From settings, bookmark and change feed to windows of job specs."""
