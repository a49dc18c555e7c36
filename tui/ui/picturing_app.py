"""Saving the screen as it is painted, on whatever screen the user is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.ui.takeaway import TakeawayApp
from tui.ui.work import later

if TYPE_CHECKING:
    from tui.ui.screens.save_menu import SaveMenu


class PicturingApp(TakeawayApp):
    """An app that saves its screen to a file, as text or as a picture, without secrets."""

    def action_save_screen(self) -> None:
        """Save the screen as it is, as text or picture."""
        from tui.ui.screens.save_menu import SaveMenu

        if isinstance(self.screen, SaveMenu):
            return
        self.run_worker(later(self._ask_for_picture), group="save", exclusive=True)

    def save_picture(self, suffix: str) -> None:
        """Save the screen.

        Args:
            suffix: The file's ending: `txt` or `svg`.
        """
        from tui.ui.files import export_path
        from tui.ui.screen_export import SVG, painted_lines, screen_svg, screen_text

        # There is no public way to what Textual has painted but one that knows SVG alone.
        compositor = self.screen._compositor  # noqa: SLF001
        painted = compositor.render_update(full=True, screen_stack=self._background_screens)
        size = (self.size.width, self.size.height)
        lines = painted_lines(painted, size, self.mask) if painted is not None else ()
        text = screen_svg(lines, size, self.title) if suffix == SVG else screen_text(lines)
        self.write_export(export_path(self.startup.state_dir, "screen", suffix), text)

    async def _ask_for_picture(self) -> None:
        from tui.ui.screens.save_menu import SaveMenu

        await self.save_as(SaveMenu())

    async def save_as(self, menu: SaveMenu) -> str:
        """Ask for a form and save the screen when it is one of the screen.

        Args:
            menu: What is asked.

        Returns:
            The ending of the file that is still to be written; empty when there is none.
        """
        suffix = await self.push_screen_wait(menu)
        if suffix is not None and menu.is_of_screen(suffix):
            self.save_picture(suffix)
            return ""
        return suffix or ""
