"""Disclosure control: what is held back, and the attack that a plan must withstand."""
