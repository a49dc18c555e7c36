"""The first tab of the detail pane: one job told in a few lines. Pure: no widget, no I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from tui.core.duration import format_age, format_duration
from tui.core.state import State
from tui.ui.glyphs import UNICODE
from tui.ui.moments import clock_time

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from tui.core.models import Job, Receipt, Run, Trend
    from tui.ui.glyphs import GlyphSet

BARS_SHOWN = 3
"""How many runs are drawn beside each other."""

_BAR_WIDTH = 22
_FAR_FROM_USUAL = 1.5
_GAP = "   "


class Overview:
    """What is known of one job, ready to be told."""

    def __init__(
        self,
        job: Job,
        now: datetime,
        zone: tzinfo,
        *,
        trend: Trend | None = None,
        runs: Sequence[Run] = (),
        receipt: Receipt | None = None,
        is_stale: bool = False,
        glyphs: GlyphSet = UNICODE,
    ) -> None:
        """Gather it.

        Args:
            job: The job.
            now: What ages are counted from.
            zone: In which zone clock times are told.
            trend: How its last runs went.
            runs: Its newest runs, newest first.
            receipt: The newest action on it.
            is_stale: Whether what is known is older than it should be.
            glyphs: The signs to draw with.
        """
        self._job = job
        self._now = now
        self._zone = zone
        self._trend = trend
        self._runs = runs
        self._receipt = receipt
        self._is_stale = is_stale
        self._glyphs = glyphs

    def content(self) -> Content:
        """All lines, without the log."""
        lines = [self._summary()]
        if self._job.message:
            is_trouble = not self._job.state.is_active and self._outcome in (State.FAILED, State.WARNING)
            style = f"$state-{self._outcome}" if is_trouble else ""
            lines.append(Content.assemble((self._job.message, style)))
        if self._receipt is not None:
            lines.append(Content.assemble((receipt_text(self._receipt, self._now), "$accent")))
        if self._is_stale:
            age = format_age((self._now - self._job.observed_at).total_seconds())
            lines.append(Content.styled(f"not heard of for {age}: this may be out of date", "$state-warning"))
        if self._runs:
            lines.append(self._bars())
        lines += self._facts()
        return Content("\n").join(lines)

    @property
    def _outcome(self) -> State:
        return self._job.last_result or self._job.state

    def _summary(self) -> Content:
        job = self._job
        parts: list[tuple[str, str]] = [
            (
                f"{self._glyphs.states[job.state]} {job.state.replace('_', ' ')}",
                f"bold $state-{job.state}",
            )
        ]
        if job.substate:
            parts.append((f" ({job.substate})", f"$state-{job.state}"))
        if job.last_result is not None and job.last_result is not job.state:
            parts.append((f"{_GAP}last run {job.last_result}", f"$state-{job.last_result}"))
        if job.exit_code is not None and not job.state.is_active:
            parts.append((f"{_GAP}exit code {job.exit_code}", ""))
        if job.started_at is not None:
            age = format_age((self._now - job.started_at).total_seconds())
            parts.append(
                (f"{_GAP}started {clock_time(job.started_at, self._now, self._zone)} ({age} ago)", "")
            )
        parts.append(self._duration())
        if self._runs and self._runs[0].triggered_by:
            parts.append((f"{_GAP}triggered by {self._runs[0].triggered_by}", ""))
        if job.is_held:
            parts.append((f"{_GAP}on hold", "$state-paused"))
        return Content.assemble(*parts)

    def _duration(self) -> tuple[str, str]:
        job, usual = self._job, self._trend.usual_s if self._trend is not None else None
        seconds = job.duration_s
        word = "took"
        if job.state is State.RUNNING and job.started_at is not None:
            seconds, word = (self._now - job.started_at).total_seconds(), "running for"
        if seconds is None:
            return ("", "")
        told = f"{_GAP}{word} {format_duration(seconds)}"
        if usual:
            told += f", usually {format_duration(usual)}"
            if seconds > _FAR_FROM_USUAL * usual:
                return (told, "$state-warning")
        return (told, "")

    def _bars(self) -> Content:
        shown = self._runs[:BARS_SHOWN]
        longest = max((run.duration_s or 0.0 for run in shown), default=0.0)
        parts: list[tuple[str, str]] = []
        for run in shown:
            if run.started_at is None:
                continue
            seconds = run.duration_s
            width = max(1, round(_BAR_WIDTH * seconds / longest)) if seconds and longest else 1
            parts += [
                (f"{clock_time(run.started_at, self._now, self._zone)} ", "$text-muted"),
                (self._glyphs.bar_full * width, f"$state-{run.state}"),
                (f" {format_duration(seconds) if seconds is not None else '…'} ", ""),
                (self._glyphs.states[run.state], f"$state-{run.state}"),
                (_GAP, ""),
            ]
        return Content.assemble(*parts)

    def _facts(self) -> list[Content]:
        job = self._job
        facts = {
            "id": job.id,
            "kind": job.kind,
            "folder": job.path,
            "run": job.run_id,
            "native state": job.native_state if job.native_state.lower() != job.state else "",
            "next run": clock_time(job.next_run_at, self._now, self._zone) if job.next_run_at else "",
            "tags": ", ".join(job.tags),
            "parameters": "  ".join(f"{k}={v}" for k, v in self._runs[0].params.items())
            if self._runs
            else "",
            "page": job.url,
        }
        parts: list[tuple[str, str]] = []
        for name, value in facts.items():
            if value:
                parts += [(f"{name} ", "$text-muted"), (f"{value}{_GAP}", "")]
        return [Content.assemble(*parts)] if parts else []


def receipt_text(receipt: Receipt, now: datetime) -> str:
    """What is known of an action in a few words: `rerun sent 2s ago`, `stop accepted (run 17) 4s ago`.

    Args:
        receipt: The action's newest receipt.
        now: What ages are counted from.
    """
    age = format_age((now - receipt.updated_at).total_seconds())
    told = f"{receipt.action.kind} {receipt.status}"
    if receipt.observed_state is not None:
        told += f" {receipt.observed_state.replace('_', ' ')}"
    told += f" {age} ago" if age != "now" else " now"
    return f"{told}: {receipt.message}" if receipt.message else told


def run_line(
    run: Run, now: datetime, zone: tzinfo, longest_s: float, *, glyphs: GlyphSet = UNICODE
) -> Content:
    """One run in one line, for the list of runs.

    Args:
        run: The run.
        now: What ages are counted from.
        zone: In which zone clock times are told.
        longest_s: Seconds of the longest run listed; its bar is the widest.
        glyphs: The signs to draw with.
    """
    seconds = run.duration_s
    if seconds is None and run.state is State.RUNNING and run.started_at is not None:
        seconds = (now - run.started_at).total_seconds()
    started = clock_time(run.started_at, now, zone) if run.started_at is not None else "not started"
    age = format_age((now - run.started_at).total_seconds()) if run.started_at is not None else ""
    width = max(1, round(_BAR_WIDTH * seconds / longest_s)) if seconds and longest_s else 0
    took = format_duration(seconds) if seconds is not None else "–"
    attempt = f" attempt {run.key.attempt}" if run.key.attempt > 1 else ""
    code = f"  exit {run.exit_code}" if run.exit_code else ""
    by = f"  by {run.triggered_by}" if run.triggered_by else ""
    style = f"$state-{run.state}"
    return Content.assemble(
        (f" {glyphs.states[run.state]} ", style),
        f"{started:<16}",
        (f"{age:>4}  ", "$text-muted"),
        f"{took:>7} ",
        (f"{glyphs.bar_full * width:<{_BAR_WIDTH}} ", style),
        (f"{run.substate or run.state.replace('_', ' ')}", style),
        (f"{attempt}{code}{by}", "$text-muted"),
        (f"  {run.message}" if run.message else "", ""),
    )
