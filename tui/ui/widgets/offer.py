"""One line above the keys that offers something, until the next key is pressed."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


class Offer(Static):
    """Lies over the last line of the panes, so that nothing moves when it comes and goes."""

    DEFAULT_CSS = """
    Offer {
        layer: offer; dock: bottom; height: 1; width: 1fr; margin-bottom: 1; padding: 0 1;
        background: $selection; color: $selection-text; text-wrap: nowrap; text-overflow: ellipsis;
    }
    """

    def __init__(self, fact: str, key: str, gain: str) -> None:
        """Offer to go on.

        Args:
            fact: What happened.
            key: The key that takes the offer.
            gain: What comes of it.
        """
        parts = [(f"{fact}: ", ""), (key, "bold"), (" goes on there, any other key begins afresh", "")]
        super().__init__(Content.assemble(*parts, f"   ({gain})"), markup=False)
