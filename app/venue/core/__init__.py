"""The exchange itself: books, accounts, limits. No sockets, no JSON."""
