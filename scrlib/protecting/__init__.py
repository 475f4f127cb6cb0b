"""Disclosure control: what is held back, which may still be worked out by subtraction."""
