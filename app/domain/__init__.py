"""Values and rules: no I/O, no clock, no randomness, no float for money."""
