"""Seeded order flow for the local exchange: makers, takers, refillers, sweeps.

Only this package uses chance, and only through generators seeded by the flow:
the same seed and the same passing of time give the same orders.
"""
