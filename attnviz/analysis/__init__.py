"""Numbers about attention: arrays in, arrays or DataFrames out, without labels or figures."""
