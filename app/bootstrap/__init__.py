"""The composition root: which processes a command needs, and who ends them.

`sessions` opens screens (`practice`, `live`, `attach`), `scripts` talks to an
engine that runs (`do`, `status`, `stop`), `recording` and `replaying` handle
captures, `engine_process` is the engine's own process. Only here (and in
`app.cli`) are processes started.
"""
