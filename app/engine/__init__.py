"""The trading engine: books, orders, accounts, risk, journal, views."""
