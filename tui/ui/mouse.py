"""Taking the mouse from the terminal while the program runs, and giving it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from textual.driver import Driver


def use_mouse(driver: Driver | None, *, is_wanted: bool) -> None:
    """Take the mouse or give it back, also for the next time that the program comes to the front.

    Args:
        driver: Talks to the terminal.
        is_wanted: Whether clicks and the wheel are for us.
    """
    if not isinstance(driver, LinuxDriver):
        return
    if is_wanted:
        driver._mouse = True  # noqa: SLF001 - Textual decides at the start alone
        driver._enable_mouse_support()  # noqa: SLF001 - as above
    else:
        driver._disable_mouse_support()  # noqa: SLF001 - as above
        driver._mouse = False  # noqa: SLF001 - as above
