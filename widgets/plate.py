"""The error boundary of panes: a view that cannot be shown never ends the app."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Concatenate, ParamSpec, TypeVar

from widgets.lines import LinePane

Pane = TypeVar("Pane", bound=LinePane)
Args = ParamSpec("Args")


def guarded(apply: Callable[Concatenate[Pane, Args], None]) -> Callable[Concatenate[Pane, Args], None]:
    """Wrap a pane's `apply` so that an exception becomes an error plate.

    The next view that applies without an error takes the plate away.

    Args:
        apply: Method of a `LinePane` that takes a view.

    Returns:
        The same method behind the boundary.
    """

    def boundary(self: Pane, /, *args: Args.args, **kwargs: Args.kwargs) -> None:
        self.recover()
        try:
            apply(self, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - this is the boundary; the pane shows and logs it
            self.fail(error)
            self.show()

    update_wrapper(boundary, apply)
    return boundary
