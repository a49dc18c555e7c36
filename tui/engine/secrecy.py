"""Keeping secrets out of what is written down: the journal, the history and receipts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.redaction import MASK
from tui.logs.scrub import plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.core.redaction import Redactor

_PROBE = "x"


def mask_params(params: Mapping[str, str], redactor: Redactor) -> dict[str, str]:
    """The parameters without known secrets and without the values of secret-looking names."""
    return {plain_text(name): _mask_value(name, value, redactor) for name, value in params.items()}


def mask_text(text: str, redactor: Redactor) -> str:
    """A message as one harmless line without secrets."""
    # Before, for a secret of several lines; after, for one that control characters had torn apart.
    return redactor.mask(plain_text(redactor.mask(text))) if text else ""


def _mask_value(name: str, value: str, redactor: Redactor) -> str:
    # The name alone decides: a secret with spaces in it must not be masked up to the first one only.
    if value and MASK in redactor.mask(f"{name}={_PROBE}"):
        return MASK
    return mask_text(value, redactor)
