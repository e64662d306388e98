"""One attached screen or script: what it shows and what it was last sent."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.engine.heat import HeatDesk
from app.engine.past import PastDesk
from app.link.messages import SetView
from app.link.server import Client


@dataclass(slots=True, eq=False)
class Session:
    """State of one client of the engine.

    Attributes:
        client: Its end of the link.
        name: What it calls itself; empty before its `Hello`.
        greeted: Whether the handshake is done.
        view: What it shows; None for scripts and before the first `SetView`.
        frame_no: Number of its last frame.
        dropped: Frames skipped because it was slow.
        due_ns: Monotonic time at which to look for its next frame.
        free_ns: Monotonic time from which on it may have one, by its own pace.
        urgent: Whether own-order news waits, so that the next frame goes out at once.
        failed: Whether its last frame could not be built.
        heat: Its window of the heat map.
        past: Its way through the recorded past.
        seen: Versions of the parts that it was last sent.
    """

    client: Client
    name: str = ""
    greeted: bool = False
    view: SetView | None = None
    frame_no: int = 0
    dropped: int = 0
    due_ns: int = 0
    free_ns: int = 0
    urgent: bool = False
    failed: bool = False
    heat: HeatDesk = field(default_factory=HeatDesk)
    past: PastDesk = field(default_factory=PastDesk)
    seen: dict[str, object] = field(default_factory=dict)

    def changed(self, part: str, version: object) -> bool:
        """Return whether a part's version differs from what was sent, and note it."""
        if self.seen.get(part) == version:
            return False
        self.seen[part] = version
        return True
