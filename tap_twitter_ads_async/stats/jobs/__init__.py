"""From job specs to result files: the asynchronous job engine."""
