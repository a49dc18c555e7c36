"""What a new status of an ETL says about its runs, compared with the one before.

`last_exec_ts` may be the start or the end of the last run, and nothing tells which. So each rule holds for
both: a run that is seen to begin has its own time as soon as that moves; one that is seen to end has it as
its end if it moves then, and as its start if it doesn't.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from tui.adapters.bmc.book import SKEW, Book, KnownRun, Phase
from tui.adapters.bmc.states import ABORTED, ENDED, RUNNING, Told
from tui.core.state import State

SHARP = timedelta(minutes=2)
"""A change that was seen by two looks at most so far apart has the time of the second one. Otherwise nobody
knows when it was, and no time is better than a wrong one."""

ROUNDING = timedelta(seconds=5)
"""How far a time may be off on clocks that agree."""


def observe(book: Book, told: Told, now: datetime) -> bool:
    """Take what the API told into the book.

    Args:
        book: The ETL's book, which is changed.
        told: The status.
        now: When it came.

    Returns:
        Whether it is news that a later session must know. A first look at an ETL at rest is none: the next
        one tells the same.
    """
    if not told.is_known:
        book.strange, book.seen = told, now
        return False
    if told.is_service:
        is_news = _observe_service(book, told, now)
    elif told.word == RUNNING:
        is_news = _observe_running(book, told, now)
    else:
        is_news = _observe_rest(book, told, now)
    book.base, book.strange, book.seen = told, None, now
    return is_news


def _observe_service(book: Book, told: Told, now: datetime) -> bool:
    running, base = book.running, book.base
    if running is not None:
        _lose(running, now)
    is_turned = base is None or base.word != told.word
    if is_turned:
        book.turned = now if base is not None and _is_sharp(book, now) else None
        book.start_asked = None
    return is_turned


def _observe_running(book: Book, told: Told, now: datetime) -> bool:
    base, running = book.base, book.running
    has_moved = base is not None and bool(told.mark) and told.mark != base.mark
    if running is not None and not (has_moved and _is_of_another(running, told)):
        if has_moved:
            running.mark, running.started = told.mark, told.moment or running.started
        return has_moved
    if running is not None:
        _lose(running, now)
    run = book.begin("seen", now, now)
    run.phase, run.seen, run.is_found = Phase.RUNNING, now, base is None
    run.is_first = base is not None and not base.has_run and len(book.runs) == 1
    is_sharp = base is not None and _is_sharp(book, now)
    if has_moved:
        run.mark = told.mark
    if has_moved and told.moment is not None and (running is None or is_sharp):
        run.started = told.moment
    elif is_sharp:
        run.started = now
    return True


def _is_of_another(running: KnownRun, told: Told) -> bool:
    """Whether a time that moved while the ETL was running is too late for the start of this run."""
    if told.moment is None or running.seen is None:
        return False
    return told.moment >= running.seen + SKEW


def _observe_rest(book: Book, told: Told, now: datetime) -> bool:
    base, running = book.base, book.running
    if running is not None:
        _end(book, running, told, now)
        return True
    if base is None:
        return _observe_first_rest(book, told, now)
    if bool(told.mark) and told.mark != base.mark:
        last = book.last_ended
        if last is not None and _is_late_mark(last, told):
            last.mark = told.mark
        else:
            _add_unseen(book, told, now)
        return True
    if _has_other_result(book, told, now):
        _add_unseen(book, told, now)
        return True
    return _correct(book, told)


def _observe_first_rest(book: Book, told: Told, now: datetime) -> bool:
    """The first look at an ETL that is at rest: if its last run is not the one we asked for, it is old."""
    if not told.mark or told.mark in {run.mark for run in book.runs}:
        return False
    asked = book.asked(now)
    is_ours = asked is not None and told.moment is not None and _is_after(told.moment, asked.asked)
    if asked is None or is_ours:
        _add_unseen(book, told, now)
        return is_ours
    run = KnownRun(book.new_id("last", told.moment or now), Phase.ENDED)
    _close(run, told, now)
    run.mark, run.ended = told.mark, told.moment
    book.runs.insert(0, run)
    return False


def _end(book: Book, run: KnownRun, told: Told, now: datetime) -> None:
    base = book.base
    has_moved = base is not None and bool(told.mark) and told.mark != base.mark
    is_sharp = _is_sharp(book, now)
    _close(run, told, now)
    run.ended = now if is_sharp else None
    if has_moved and told.moment is not None and run.seen is not None and told.moment > run.seen:
        run.mark, run.ended = told.mark, told.moment
    elif has_moved or (run.is_found and told.mark):
        run.mark, run.started = told.mark, told.moment or run.started
    if not is_sharp:
        # Others may have come and gone since: the time may be theirs, so it makes no duration.
        run.started, run.ended = None, told.moment
    if run.started is not None and run.ended is not None and run.started > run.ended:
        run.started = None


def _is_late_mark(last: KnownRun, told: Told) -> bool:
    """Whether a time that moved after the end of a run is that run's own, told late."""
    if last.mark or told.moment is None or last.closed is None or last.seen is None:
        return False
    return last.seen - SKEW <= told.moment <= last.closed + ROUNDING


def _has_other_result(book: Book, told: Told, now: datetime) -> bool:
    """Whether an ETL shows by its result alone that it has run: its time hasn't moved, or it tells none."""
    if told.result is None or book.base is None or told.result is book.base.result:
        return False
    last = book.last_ended
    if book.base.result is None and last is not None and last.state is State.UNKNOWN:
        return False
    return not told.mark or book.asked(now) is not None


def _add_unseen(book: Book, told: Told, now: datetime) -> None:
    """Add a run that was over before anybody saw it."""
    run = book.begin("last", told.moment or now, now)
    is_sharp = book.base is not None and _is_sharp(book, now)
    _close(run, told, now)
    has_moved = book.base is None or told.mark != book.base.mark
    run.mark = told.mark if has_moved else ""
    run.ended = told.moment if has_moved else None
    if run.ended is None and is_sharp:
        run.ended = now


def _correct(book: Book, told: Told) -> bool:
    """Take over how the last run ended, if the API tells it late."""
    last, base = book.last_ended, book.base
    if last is None or base is None or told.result in (None, last.state):
        return False
    if told.exit_code == base.exit_code and (told.word not in {ENDED, ABORTED} or told.word == base.word):
        return False
    last.judge(told.result, told.native, told.exit_code)
    return True


def _close(run: KnownRun, told: Told, now: datetime) -> None:
    run.phase, run.closed = Phase.ENDED, now
    run.judge(told.result, told.native, told.exit_code)


def _lose(run: KnownRun, now: datetime) -> None:
    """Note that a run is over whose end nobody saw."""
    run.phase, run.closed = Phase.ENDED, now
    run.judge(None, RUNNING, "")


def _is_sharp(book: Book, now: datetime) -> bool:
    return book.seen is not None and now - book.seen <= SHARP


def _is_after(moment: datetime, asked: datetime | None) -> bool:
    return asked is not None and moment >= asked - ROUNDING
