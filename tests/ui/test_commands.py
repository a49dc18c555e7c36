"""The palette finds commands, views, themes and any of very many jobs, and is never fooled by their names."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.command import CommandList, Hit
from textual.content import Content

from tests.support.fleet import NOW, make_jobs
from tests.ui.key_app import REASON, KeyApp
from tui.core.keys import RunKey
from tui.core.models import Run
from tui.core.state import State
from tui.ui.palette.commands import command_entries
from tui.ui.palette.entry import Entry
from tui.ui.palette.jobs import MOST_JOBS
from tui.ui.palette.matching import match
from tui.ui.palette.narrowing import Kind, sought
from tui.ui.palette.provider import MOST_RECENT, provider_of
from tui.ui.screens.command_palette import Palette
from tui.ui.settings import Setting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.command import Hits
    from textual.pilot import Pilot

    from tui.core.models import Job

KEYS = {" ": "space", ":": "colon", "@": "at", ">": "greater_than_sign"}
NASTY = (
    "job[/red]",
    "[bold",
    "a]b[c]",
    "$accent",
    "x[@click=app.quit]y[/]",
    "tab\there",
    "emoji 🚀 ｗｉｄｅ",
)


def named(*names: str) -> list[Job]:
    jobs = make_jobs(len(names))
    return [
        replace(job, name=name, id=str(number), connection="local")
        for number, (job, name) in enumerate(zip(jobs, names, strict=True))
    ]


async def found(app: KeyApp, query: str) -> list[str]:
    """The texts of the hits, best first."""
    provider = provider_of(app, app.main)(app.main)
    await provider.startup()
    hits = [hit async for hit in provider.search(query)]
    assert all(isinstance(hit, Hit) for hit in hits)
    return [str(hit.text) for hit in sorted(hits, key=lambda hit: -hit.score)]


async def first_of(hits: Hits) -> object:
    """The first hit."""
    async for hit in hits:
        return hit
    return None


async def listed(pilot: Pilot[Any]) -> list[str]:
    """What the open palette lists."""
    assert isinstance(pilot.app.screen, Palette)
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    options = pilot.app.screen.query_one(CommandList).options
    return [str(option.prompt) for option in options]


def entry(entries: Sequence[Entry], title: str) -> Entry:
    return next(entry for entry in entries if entry.title == title)


async def test_commands_are_offered_with_their_keys() -> None:
    app = KeyApp(keymap={"rerun": "Z", "raw": ""})
    async with app.run_test():
        entries = command_entries(app.main)
    assert entry(entries, "rerun or trigger").key == "Z"
    assert entry(entries, "raw record").key == ""
    titles = {each.title for each in entries}
    # Moving by name makes no sense, the palette is open already, and nothing answers "copy" here.
    assert not {"down", "commands", "copy", "only matching lines", "saved view 1"} & titles


async def test_a_grey_command_says_why() -> None:
    app = KeyApp()
    async with app.run_test() as pilot:
        hold = entry(command_entries(app.main), "hold or release")
        assert hold.is_grey
        assert hold.note == f"not now: {REASON}"
        hold.run()
        await pilot.pause()
        assert [note.message for note in app._notifications] == [REASON]
    assert app.main.done == []


async def test_before_typing_all_but_the_jobs_are_listed_in_order() -> None:
    app = KeyApp(jobs=make_jobs(50))
    async with app.run_test(size=(120, 60)) as pilot:
        await pilot.press("colon")
        lines = await listed(pilot)
    titles = [line[:24].strip() for line in lines]
    assert titles[:3] == ["open", "log", "raw record"]
    assert titles[-5:] == [
        "view: all",
        "view: problems",
        "view: slow [red]ones",
        "theme: ember",
        "theme: fjord",
    ]


async def test_a_command_runs_where_the_palette_was_opened() -> None:
    app = KeyApp()
    async with app.run_test() as pilot:
        await pilot.press("colon", *"rerun")
        await listed(pilot)
        await pilot.press("enter")
        await pilot.pause()
        await pilot.pause()
        assert app.screen is app.main
    assert app.main.done == ["rerun"]


async def test_a_command_of_the_focused_widget_runs_on_it() -> None:
    app = KeyApp()
    async with app.run_test() as pilot:
        await entry(command_entries(app.main), "open").run()  # type: ignore[misc]
        await pilot.pause()
        assert app.footer.status == "opened"


@pytest.mark.parametrize(
    ("typed", "used"), [("view: prob", "view 1"), ("fjord", "theme fjord"), ("view: all", "view 0")]
)
async def test_views_and_themes_are_used(typed: str, used: str) -> None:
    app = KeyApp()
    async with app.run_test() as pilot:
        await pilot.press("colon", *(KEYS.get(letter, letter) for letter in typed))
        await listed(pilot)
        await pilot.press("enter")
        await pilot.pause()
        await pilot.pause()
    assert app.used == [used]


async def test_a_job_is_gone_to() -> None:
    jobs = named("load_orders", "load_customers", "reload")
    app = KeyApp(jobs=jobs)
    async with app.run_test() as pilot:
        await pilot.press("ctrl+p", *"customers")
        lines = await listed(pilot)
        assert lines[0].split() == ["load_customers", "local"]
        await pilot.press("enter")
        await pilot.pause()
        await pilot.pause()
    assert app.went_to == [jobs[1].key]


SETTINGS = [
    Setting("ui", "time", "relative", "Show ages, or times of day.", ("relative", "absolute")),
    Setting("ui", "keymap", "k9s", "Use another set of keys.", ("default", "vim-less", "k9s")),
    Setting("ui", "ascii", "false", "", reason="it is read when the program starts"),
]


def make_run(run_id: str, job: Job, state: State = State.FAILED) -> Run:
    return Run(RunKey(job.connection, job.id, run_id), state, ended_at=NOW - timedelta(minutes=4))


@pytest.mark.parametrize(
    ("typed", "kind", "rest"),
    [
        ("orders", None, "orders"),
        (">stop", Kind.ACTION, "stop"),
        ("@ load", Kind.JOB, "load"),
        ("#", Kind.RUN, ""),
        ("~prob", Kind.VIEW, "prob"),
        ("Settings: time", Kind.SETTING, "time"),
        ("theme:ember", Kind.THEME, "ember"),
        ("run: 12", Kind.RUN, "12"),
        ("a:b", None, "a:b"),
        ("", None, ""),
    ],
)
def test_a_sign_or_a_word_narrows_it(typed: str, kind: Kind | None, rest: str) -> None:
    assert sought(typed) == (kind, rest)


async def test_what_is_narrowed_holds_nothing_else() -> None:
    jobs = named("stop_all", "view_it")
    app = KeyApp(jobs=jobs)
    app.offered = SETTINGS
    app.runs = [make_run("r1", jobs[0])]
    async with app.run_test():
        assert await found(app, "@") == ["stop_all", "view_it"]
        assert await found(app, "@stop") == ["stop_all"]
        assert "stop_all" not in await found(app, ">stop")
        assert await found(app, "~") == ["view: all", "view: problems", "view: slow [red]ones"]
        assert await found(app, "theme:") == ["theme: ember", "theme: fjord"]
        assert await found(app, "setting:") == [
            "setting: time = relative → absolute",
            "setting: keymap = k9s → default",
            "setting: keymap = k9s → vim-less",
            "setting: ascii = false",
        ]
        assert await found(app, "#r") == ["run: r1"]
        assert await found(app, "#nothing") == []


async def test_runs_are_found_by_their_ids_and_settings_by_their_values() -> None:
    jobs = named("load_orders")
    app = KeyApp(jobs=jobs)
    app.offered = SETTINGS
    app.runs = [
        make_run("14068-a", jobs[0]),
        make_run("r2", jobs[0]),
        make_run("24068-b", replace(jobs[0], id="gone")),
    ]
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("colon", *"14068")
        (line,) = await listed(pilot)
        assert line.split() == ["run:", "14068-a", "✗", "failed", "load_orders", "local", "4m", "ago"]
        await pilot.press("enter")
        await pilot.pause()
        await pilot.pause()
        assert app.used == ["log 14068-a"]
        assert await found(app, "24") == []
        assert await found(app, "240") == ["run: 24068-b"]
        app.main.target = jobs[0].key
        assert await found(app, "#") == ["run: 14068-a", "run: r2"]
        assert await found(app, "#24") == ["run: 24068-b"]
        await pilot.press("colon", *"absolute")
        assert "Show ages, or times of day." in (await listed(pilot))[0]
        await pilot.press("enter")
        await pilot.pause()
        await pilot.pause()
        await pilot.press("colon", *"ascii")
        assert "not now: it is read when the program starts" in (await listed(pilot))[0]
    assert app.used == ["log 14068-a", "time absolute"]


async def test_recent_choices_come_first_and_only_so_many() -> None:
    jobs = named("load_orders")
    app = KeyApp(jobs=jobs)
    async with app.run_test(size=(120, 60)) as pilot:
        for typed in ("fjord", "@orders", ">rerun"):
            await pilot.press("colon", *(KEYS.get(letter, letter) for letter in typed))
            await listed(pilot)
            await pilot.press("enter")
            await pilot.pause()
            await pilot.pause()
        await pilot.press("colon")
        titles = [line[:24].strip() for line in await listed(pilot)]
        assert titles[:4] == ["rerun or trigger", "load_orders", "theme: fjord", "open"]
        assert len(titles) == len(set(titles))
        app.recent += [f"theme {number}" for number in range(MOST_RECENT)]
        await pilot.press("enter")
        await pilot.pause()
        await pilot.pause()
    assert app.recent[:2] == ["action rerun", f"job local/{jobs[0].id}"]
    assert len(app.recent) == MOST_RECENT
    assert app.main.done == ["rerun", "rerun"]


async def test_escape_leaves_it_without_doing_anything() -> None:
    app = KeyApp()
    async with app.run_test() as pilot:
        await pilot.press("colon", *"stop", "escape")
        await pilot.pause()
        assert app.screen is app.main
    assert app.main.done == []


async def test_names_are_shown_as_they_are() -> None:
    app = KeyApp(jobs=named(*NASTY))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("colon", *"local")
        lines = await listed(pilot)
    names = {line.rsplit("local", 1)[0].rstrip() for line in lines}
    assert {name.replace("\t", "") for name in NASTY} <= {name.replace("\t", "") for name in names}


@pytest.mark.parametrize(
    ("typed", "order"),
    [
        ("load", ["load", "load_b", "my_load", "payload"]),
        ("LOAD", ["load", "load_b", "my_load", "payload"]),
        ("pay load", ["payload"]),
        ("lodb", ["load_b"]),
        ("zzz", []),
    ],
)
async def test_better_matches_come_first(typed: str, order: list[str]) -> None:
    app = KeyApp(jobs=named("payload", "my_load", "load_b", "load"))
    async with app.run_test():
        assert [
            name for name in await found(app, typed) if name in {"payload", "my_load", "load_b", "load"}
        ] == order


async def test_words_may_name_the_connection() -> None:
    jobs = named("one", "two")
    app = KeyApp(jobs=[replace(jobs[0], connection="talend-prod"), jobs[1]])
    async with app.run_test():
        assert await found(app, "one talend") == ["one"]
        assert await found(app, "two talend") == []


async def test_many_jobs_are_cut_to_the_best_ones_and_the_very_name_is_never_lost() -> None:
    jobs = make_jobs(20_000)
    jobs = [*[replace(job, name=f"load_{number}") for number, job in enumerate(jobs)], *named("load")]
    app = KeyApp(jobs=jobs)
    async with app.run_test():
        hits = await found(app, "load")
    assert len(hits) == MOST_JOBS
    assert hits[0] == "load"


async def test_a_search_gives_way_to_other_work() -> None:
    app = KeyApp(jobs=make_jobs(40_000))
    async with app.run_test():
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        task = asyncio.create_task(other())
        await found(app, "nothing like this")
        task.cancel()
    # About one turn a block: while the names are prepared, and in each of the two searches.
    assert turns >= 20


async def test_keys_faster_than_the_preparation_do_not_end_it() -> None:
    app = KeyApp(jobs=named("load_orders"))
    async with app.run_test():
        provider = provider_of(app, app.main)(app.main)
        provider._post_init()
        for _ in range(3):
            hasty: asyncio.Task[Any] = asyncio.create_task(first_of(provider._search("lo")))
            await asyncio.sleep(0)
            hasty.cancel()
            await asyncio.gather(hasty, return_exceptions=True)
        assert [str(hit.text) async for hit in provider._search("orders")] == ["load_orders"]
        await provider._shutdown()


async def test_what_was_found_is_marked_where_it_stands() -> None:
    app = KeyApp(jobs=named("load_orders"))
    async with app.run_test():
        provider = provider_of(app, app.main)(app.main)
        await provider.startup()
        (hit,) = [hit async for hit in provider.search("orders local")]
        line = hit.prompt
        assert isinstance(line, Content)
        marked = {line.plain[span.start : span.end] for span in line.spans if span.style == "bold"}
    assert marked == {"orders", "local"}


async def test_no_palette_opens_over_a_palette() -> None:
    app = KeyApp()
    async with app.run_test() as pilot:
        await pilot.press("ctrl+p", "ctrl+p", "ctrl+n")
        await listed(pilot)
        assert [type(screen) for screen in app.screen_stack].count(Palette) == 1


@settings(deadline=None)
@given(
    st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=5), max_size=3), st.text(max_size=60)
)
def test_what_matches_is_really_there(words: list[str], text: str) -> None:
    folded = text.lower()
    result = match(words, folded)
    if all(word in folded for word in words):
        assert result is not None
    if result is not None:
        letters = "".join(folded[start:end] for start, end in result.spans)
        assert sorted(letters) == sorted("".join(words))


def test_odd_names_cost_one_look() -> None:
    # A matcher that tries every way to spread the letters would never come back from this.
    assert match(["a" * 30 + "b"], "a" * 5_000) is None
