"""Panes of the trading screen.

A pane is dumb: it takes a view with `apply`, paints it, and reports what the
user did as messages. It knows values and view frames, nothing else. Import
each pane from its own module, so that one pane does not import them all.
"""
