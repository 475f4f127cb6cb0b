"""Every printed number as a claim, and the claims set beside a dataset."""
