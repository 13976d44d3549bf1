"""What high_precision.py and its neighbours compute with at least 40 digits, one file per model."""
