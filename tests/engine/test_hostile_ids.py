"""Ids that cannot be shown as they are: they never turn into the id of something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.actions import Desk
from tests.support.clock import FakeClock
from tests.support.hostile import is_harmless
from tests.support.hostile_texts import HUGE, hostile_texts
from tests.support.scripted import make_job, make_run
from tui.core.errors import NightdeckError
from tui.core.models import ActionKind, Parameter, ReceiptStatus
from tui.engine.budget import Budget
from tui.engine.scrubbing import clean_job, clean_parameter, clean_run
from tui.engine.sweep import Sweep
from tui.logs.scrub import MAX_TEXT, is_plain, plain_id

ODD = ["load\u200b", "load\x00", "lo\x1b[1mad", "load\n", "\u202eload", "load\ud800", "load\u3164"]


@pytest.mark.parametrize("odd", ODD)
async def test_an_action_on_an_odd_id_is_not_sent_to_the_job_that_it_looks_like(
    tmp_path: Path, odd: str
) -> None:
    desk = Desk(tmp_path, FakeClock())
    desk.add(id="load", name="the other one")
    shown = desk.add(id=odd, name="load")
    assert len(desk.store.jobs) == 2
    key = clean_job(shown).key
    assert desk.store.jobs[key].name == "load"
    try:
        receipt = await desk.act(ActionKind.TRIGGER, job_id=key.id)
    except NightdeckError:
        pass
    else:
        assert receipt.status is ReceiptStatus.REFUSED
    assert all(job.id != "load" for job, *_ in desk.script.called("trigger"))
    await desk.close()


async def test_a_sweep_keeps_odd_ids(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FakeClock())
    desk.script.add(*map(make_job, ODD))
    sweep = Sweep(desk.scripted, desk.store, Budget(), lambda: None)
    await sweep.run(touched=(), visible=())
    assert len(desk.store.jobs) == len(ODD)
    await desk.close()


def test_every_id_can_be_shown_and_is_told_from_others() -> None:
    texts = {text for text in hostile_texts(3_000, seed=11) if len(text) < MAX_TEXT // 6}
    shown = [plain_id(text) for text in texts]
    assert len(set(shown)) == len(texts)
    for text in (*shown, *map(plain_id, HUGE)):
        assert all(map(is_harmless, text))
        assert is_plain(text)
        assert len(text) <= MAX_TEXT
        assert plain_id(text) == text


def test_names_of_parameters_and_choices_are_sent_as_they_are_shown() -> None:
    clean = clean_parameter(Parameter("da\u200by", choices=("a\u200b", "a"), default="x\x07"))
    assert (clean.name, clean.choices, clean.default) == ("da\\u200by", ("a\\u200b", "a"), "x")
    run = clean_run(make_run("r\u200b1", params={"a\u200b": "1", "a": "2"}))
    assert run.key.run_id == "r\\u200b1"
    assert run.params == {"a\\u200b": "1", "a": "2"}
