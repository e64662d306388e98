"""A repair of Textual 8.2.8: a mouse report with a byte above 0x7F must not end the program.

A terminal that speaks the old X10 mouse protocol (after a reattach in tmux,
say) sends coordinates as raw bytes. Textual decodes its input strictly as
UTF-8 in a thread of its own, and the error there ends the application, even
with the mouse switched off (`textual-craft.md` §3.5). We give the driver a
decoder that replaces such bytes; what it makes of them is no key.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable

import textual
from textual.drivers import linux_driver

REPAIRS = "8.2.8"
"""The one version this repair is made for; another is left alone."""


def _lenient(encoding: str) -> Callable[[], codecs.IncrementalDecoder]:
    """Return a maker of decoders that replace what they cannot read."""
    make = codecs.getincrementaldecoder(encoding)

    def maker(errors: str = "replace") -> codecs.IncrementalDecoder:
        return make(errors)

    return maker


def install() -> bool:
    """Repair the driver if it is the version that needs it.

    Returns:
        Whether the repair is in place.
    """
    if textual.__version__ != REPAIRS or not hasattr(linux_driver, "getincrementaldecoder"):
        return False
    linux_driver.getincrementaldecoder = _lenient
    return True
