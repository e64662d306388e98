"""The FIX 4.4 acceptor of the local exchange, written from `fix.md` alone."""
