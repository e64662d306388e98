"""Execution helpers: scale, TWAP, chase and bracket, run by the engine.

They outlive the screen, are one row each, can be paused and stopped, and send
through the same gate as a key. They end with the engine.
"""
