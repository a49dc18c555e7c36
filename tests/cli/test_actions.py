from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.cli import Scene, World
from tests.support.clock import START
from tests.support.scripted import make_job, make_run
from tui.core.errors import ActionRefused, OutcomeUnknown, Unauthorized, Unreachable
from tui.core.models import Accepted, ActionKind
from tui.core.state import State

RECEIPT_KEYS = [
    *("request_id", "action", "connection", "job_id", "run_id", "status", "sent_at", "updated_at", "message"),
    *("observed_state", "steps"),
]
CHANGES = [kind.value for kind in ActionKind]


@pytest.fixture
def scene(world: World) -> Scene:
    """A system with one job at rest."""
    return world.add_scene("alpha", make_job("1", name="load orders", run_id="old"))


def sent(scene: Scene) -> list[str]:
    """The changes that the system was asked for."""
    return [call.name for call in scene.script.calls if call.name in CHANGES]


def test_a_receipt_has_the_documented_keys_in_their_order(world: World, scene: Scene) -> None:
    ended = world.run("trigger", "alpha/1", "-o", "json")
    assert (ended.code, ended.err) == (0, "")
    receipt = ended.json
    assert list(receipt) == RECEIPT_KEYS
    assert receipt["run_id"] == "run-1"
    assert (receipt["action"], receipt["connection"], receipt["job_id"]) == ("trigger", "alpha", "1")
    assert (receipt["status"], receipt["message"]) == ("accepted", "started")
    assert receipt["sent_at"] <= receipt["updated_at"]
    assert receipt["sent_at"].endswith("+00:00")
    assert [step["status"] for step in receipt["steps"]] == ["sent", "accepted"]
    assert [step["at"] for step in receipt["steps"]] == [receipt["sent_at"], receipt["updated_at"]]
    assert sent(scene) == ["trigger"]


def test_a_receipt_in_every_format_tells_the_run(world: World, scene: Scene) -> None:
    facts = dict(line.split(maxsplit=1) for line in world.run("trigger", "alpha/1").out.splitlines())
    assert (facts["run_id"], facts["status"]) == ("run-1", "accepted")
    (receipt,) = world.run("rerun", "alpha/1", "-o", "jsonl").jsonl
    assert receipt["run_id"] == "run-2"
    (row,) = world.run("trigger", "alpha/1", "-o", "csv").csv
    assert (list(row), row["run_id"]) == (RECEIPT_KEYS, "run-3")


def test_parameters_are_sent_as_they_are_given(world: World, scene: Scene) -> None:
    words = ("--param", "REGION=US", "--param=QUERY=a=b c", "--param", "EMPTY=")
    assert world.run("trigger", "alpha/1", *words).code == 0
    ((_, params),) = scene.script.called("trigger")
    assert params == {"REGION": "US", "QUERY": "a=b c", "EMPTY": ""}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--param", "REGION"), "--param 'REGION' has no name and value (write --param name=value)"),
        (("--param", "=US"), "--param '=US' has no name and value (write --param name=value)"),
        (("--param", "A=1", "--param", "A=2"), "--param A is given twice (a parameter has one value)"),
        (("--timeout", "3s"), "--timeout is for --wait (add --wait, or leave it out)"),
        (("--strict",), "--strict is for --wait (add --wait, or leave it out)"),
        (("--wait", "--timeout", "soon"), "--timeout: 'soon' is no span of time such as 90s, 10m, 2h or 1d"),
        (
            ("--wait", "--timeout", "0s"),
            "--timeout: there must be some time to wait (such as 90s, 30m or 2h)",
        ),
    ],
)
def test_a_mistake_is_told_before_anything_is_asked(
    world: World, scene: Scene, words: tuple[str, ...], told: str
) -> None:
    ended = world.run("trigger", "alpha/1", *words)
    assert (ended.code, ended.out, ended.talk) == (2, "", [told])
    assert scene.script.opened == 0


def test_a_parameter_that_the_system_refuses_is_code_5(world: World) -> None:
    world.add_local(extract="echo $REGION")
    world.add_config(
        '[[connections.here.job.param]]\nname = "REGION"\nchoices = ["EU", "US"]\ndefault = "EU"'
    )
    ended = world.run("trigger", "extract", "--param", "REGION=MOON")
    assert (ended.code, ended.out) == (5, "")
    assert "'MOON'" in ended.talk[0]
    assert world.run("trigger", "extract", "--param", "REGION=US", "--wait").code == 0
    assert world.run("logs", "extract").out == "US\n"
    assert world.run("runs", "extract", "-o", "json").json[0]["params"] == {"REGION": "US"}


@pytest.mark.parametrize("command", CHANGES)
def test_read_only_refuses_before_the_system_is_asked(world: World, scene: Scene, command: str) -> None:
    said = ("--confirm", "load orders") if command == "delete" else ("--yes",)
    ended = world.run(command, "alpha/1", "--read-only", *said)
    assert (ended.code, ended.out) == (5, "")
    assert ended.talk == ["nightdeck is read-only: nothing was sent"]
    assert scene.script.opened == 0


@pytest.mark.parametrize("job", ["alpha/1", "load orders"])
def test_a_read_only_connection_refuses_before_it_is_asked(world: World, job: str) -> None:
    scene = world.add_scene("alpha", make_job("1", name="load orders"), keys="read_only = true")
    ended = world.run("trigger", job, "--yes")
    assert (ended.code, ended.out, ended.talk) == (5, "", ["alpha is read-only: nothing was sent"])
    assert scene.script.opened == 0


def test_a_job_of_a_read_only_connection_among_others_is_refused(world: World, scene: Scene) -> None:
    locked = world.add_scene("beta", make_job("9", name="other"), keys="read_only = true")
    ended = world.run("trigger", "other")
    assert (ended.code, ended.out) == (5, "")
    assert ended.talk == [
        "trigger beta/other: the connection beta is read-only in the config file: nothing is sent"
    ]
    assert sent(locked) == []


def test_a_read_only_config_refuses(world: World, scene: Scene) -> None:
    world.add_config("[ui]\nread_only = true")
    assert world.run("trigger", "alpha/1").code == 5
    assert sent(scene) == []


@pytest.mark.parametrize("environment", ["stage", "prod"])
def test_without_a_terminal_confirmation_takes_yes(world: World, environment: str) -> None:
    scene = world.add_scene("alpha", make_job("1", name="load orders"), keys=f'environment = "{environment}"')
    refused = world.run("trigger", "alpha/1", "-o", "json")
    assert (refused.code, refused.out) == (5, "")
    assert refused.talk == [
        f"trigger load orders on alpha ({environment}): not confirmed (pass --yes where nobody can be asked)"
    ]
    assert sent(scene) == []
    confirmed = world.run("trigger", "alpha/1", "--yes", "-o", "json")
    assert (confirmed.code, confirmed.json["status"]) == (0, "accepted")


def test_what_a_system_cannot_do_is_code_5(world: World) -> None:
    scene = world.add_scene("alpha", make_job("1"), type="listing")
    ended = world.run("hold", "alpha/1")
    assert (ended.code, ended.out) == (5, "")
    assert ended.talk == ["hold alpha/job 1: Listing system does not offer hold over its API"]
    told = world.run("trigger", "alpha/1", "-o", "json")
    assert (told.code, told.json["status"], told.json["run_id"]) == (5, "refused", None)
    assert sent(scene) == []


def test_what_a_system_refuses_is_code_5(world: World, scene: Scene) -> None:
    scene.script.answer(ActionKind.TRIGGER, ActionRefused("it is locked", hint="ask the owner"))
    ended = world.run("trigger", "alpha/1", "-o", "json")
    assert (ended.code, ended.json["status"]) == (5, "refused")
    assert ended.talk == ["trigger alpha/load orders: it is locked (ask the owner)"]


@pytest.mark.parametrize("error", [Unreachable("connection refused"), Unauthorized("401")])
def test_nothing_is_sent_to_a_system_that_cannot_be_seen(
    world: World, scene: Scene, error: Exception
) -> None:
    world.remember()
    scene.script.always = error
    ended = world.run("trigger", "alpha/1")
    assert (ended.code, ended.out) == (3, "")
    assert ended.talk[1] == "nothing was sent: alpha can't be asked (`nightdeck doctor` tells more)"
    assert sent(scene) == []


def test_a_name_that_a_silent_system_may_have_too_is_not_acted_on(world: World, scene: Scene) -> None:
    other = world.add_scene("beta", make_job("9"))
    other.script.always = Unreachable("connection refused")
    ended = world.run("trigger", "load orders")
    assert (ended.code, ended.out) == (5, "")
    assert "beta may have a job 'load orders', too" in ended.talk[1]
    assert ended.talk[1].endswith("(say alpha/1)")
    assert sent(scene) == []
    assert world.run("trigger", "alpha/1").code == 0
    other.script.always = None
    world.remember()
    other.script.always = Unreachable("connection refused")
    assert world.run("trigger", "load orders").code == 0


def test_a_stop_tells_what_it_knows_and_no_more(world: World, scene: Scene) -> None:
    scene.script.change("1", state=State.RUNNING, run_id="r7")
    scene.script.answer(ActionKind.STOP, Accepted("r7", "asked to end"))
    ended = world.run("stop", "alpha/1", "-o", "json")
    assert (ended.code, ended.json["status"], ended.json["run_id"]) == (0, "accepted", "r7")
    assert ended.json["message"] == "asked to end"
    ((_, run, is_forced),) = scene.script.called("stop")
    assert (run.run_id, is_forced) == ("r7", False)


def test_a_command_does_not_wait_to_be_taken_back(world: World) -> None:
    """A script has said what it wants, and has to get on."""
    world.add_config('[ui]\nundo = "60s"')
    scene = world.add_scene("alpha", make_job("1", state=State.RUNNING, run_id="r7"))
    began = world.clock.now().isoformat()
    (first, *_) = world.run("stop", "alpha/1", "--yes", "-o", "json").json["steps"]
    assert (first, sent(scene)) == ({"status": "sent", "at": began}, ["stop"])


def test_a_stop_can_be_forced_and_aimed_at_a_run(world: World, scene: Scene) -> None:
    scene.script.change("1", state=State.RUNNING, run_id="r7")
    scene.script.runs["1"] = [make_run("r7", state=State.RUNNING), make_run("r6", state=State.RUNNING)]
    assert world.run("stop", "alpha/1", "--run", "r6", "--force").code == 0
    ((_, run, is_forced),) = scene.script.called("stop")
    assert (run.run_id, is_forced) == ("r6", True)


def test_what_does_not_run_cannot_be_stopped(world: World) -> None:
    world.add_local(a="true")
    ended = world.run("stop", "a")
    assert (ended.code, ended.out, ended.talk) == (5, "", ["stop here/a: it is not running"])


def test_a_rerun_repeats_the_run_that_is_named(world: World, scene: Scene) -> None:
    scene.script.runs["1"] = [make_run("old"), make_run("older", state=State.FAILED)]
    assert world.run("rerun", "alpha/1", "--run", "older", "--failed-only").code == 0
    ((_, run, is_failed_only),) = scene.script.called("rerun")
    assert (run.run_id, is_failed_only) == ("older", True)


def test_hold_and_release(world: World, scene: Scene) -> None:
    assert world.run("hold", "alpha/1").code == 0
    assert scene.script.jobs["1"].is_held
    receipt = world.run("release", "alpha/1", "-o", "json").json
    assert (receipt["action"], receipt["run_id"], receipt["status"]) == ("release", None, "accepted")
    assert not scene.script.jobs["1"].is_held


def test_an_answer_that_was_lost_is_looked_for_and_found(world: World, scene: Scene) -> None:
    new = {"state": State.RUNNING, "run_id": "new", "started_at": START + timedelta(seconds=1)}
    scene.script.answer(ActionKind.TRIGGER, OutcomeUnknown("the answer was lost"), **new)
    ended = world.run("trigger", "alpha/1", "-o", "json")
    assert (ended.code, ended.json["status"], ended.json["run_id"]) == (0, "observed", "new")
    assert ended.talk == ["the answer was lost; looking whether it happened"]
    assert sent(scene) == ["trigger"]


def test_an_answer_that_was_lost_for_good_is_code_6(world: World, scene: Scene) -> None:
    scene.script.answer(ActionKind.TRIGGER, OutcomeUnknown("the answer was lost"))
    ended = world.run("trigger", "alpha/1", "-o", "json")
    assert (ended.code, ended.json["status"], ended.json["run_id"]) == (6, "unknown", None)
    assert "it may or may not have happened" in ended.json["message"]
    assert sent(scene) == ["trigger"]


def test_after_an_unknown_outcome_another_start_waits_for_the_user_s_word(world: World, scene: Scene) -> None:
    scene.script.answer(ActionKind.TRIGGER, OutcomeUnknown("the answer was lost"))
    assert world.run("trigger", "alpha/1").code == 6
    refused = world.run("trigger", "alpha/1")
    assert (refused.code, refused.out) == (5, "")
    assert refused.talk[0] == "with --accept-unknown it is started all the same"
    assert "has an unknown outcome" in refused.talk[1]
    assert sent(scene) == ["trigger"]
    accepted = world.run("trigger", "alpha/1", "--accept-unknown", "-o", "json")
    assert (accepted.code, accepted.json["status"]) == (0, "accepted")
    assert sent(scene) == ["trigger"] * 2


def test_an_unknown_start_that_did_happen_is_told_once(world: World, scene: Scene) -> None:
    scene.script.answer(ActionKind.TRIGGER, OutcomeUnknown("the answer was lost"))
    assert world.run("trigger", "alpha/1").code == 6
    began = START + timedelta(seconds=1)
    scene.script.change("1", run_id="new", started_at=began, ended_at=began)
    scene.script.runs["1"] = [make_run("new", started_at=began, ended_at=began)]
    refused = world.run("trigger", "alpha/1")
    assert refused.code == 5
    assert "did happen" in refused.err
    assert world.run("trigger", "alpha/1").code == 0


def test_every_action_is_in_the_journal_without_its_secrets(world: World, scene: Scene) -> None:
    scene.script.answer(ActionKind.RERUN, ActionRefused("it is locked"))
    assert world.run("trigger", "alpha/1", "--param", "password=hunter22", "--param", "A=b").code == 0
    assert world.run("rerun", "alpha/1").code == 5
    ended = world.run("journal", "--since", "1000w", "-o", "json")
    assert [(entry["action"], entry["status"]) for entry in ended.json][:2] == [
        ("trigger", "sent"),
        ("trigger", "accepted"),
    ]
    assert [entry["status"] for entry in ended.json if entry["action"] == "rerun"] == ["sent", "refused"]
    assert ended.json[0]["params"]["A"] == "b"
    assert "hunter22" not in ended.out


def test_without_a_journal_nothing_is_sent(world: World, scene: Scene) -> None:
    world.state.write_text("in the way", encoding="utf-8")
    ended = world.run("trigger", "alpha/1")
    assert (ended.code, ended.out) == (5, "")
    assert sent(scene) == []


def test_a_real_command_runs_once_and_ends(world: World) -> None:
    world.add_local(note="echo $$ >> /dev/null; echo done")
    receipt = world.run("trigger", "here/note", "-o", "json").json
    assert world.run("wait", "here/note").code == 0
    (run,) = world.run("runs", "here/note", "-o", "json").json
    assert (run["run_id"], run["state"]) == (receipt["run_id"], "succeeded")


def test_a_real_command_is_stopped(world: World) -> None:
    world.add_local(slow="sleep 60")
    started = world.run("trigger", "slow", "-o", "json").json
    again = world.run("trigger", "slow")
    assert (again.code, again.out) == (5, "")
    assert "already running" in again.err
    stopped = world.run("stop", "slow", "--wait", "-o", "json")
    assert (stopped.code, stopped.json["status"]) == (0, "accepted")
    assert stopped.json["run_id"] == started["run_id"]
    assert "cancelled" in stopped.err
    assert world.run("wait", "slow").code == 7


@pytest.mark.parametrize("environment", ["", "dev", "stage", "prod"])
def test_a_job_is_deleted_only_when_its_name_is_said_again(world: World, environment: str) -> None:
    keys = f'environment = "{environment}"' if environment else ""
    scene = world.add_scene("alpha", make_job("1", name="old import"), keys=keys)
    refused = world.run("delete", "alpha/1")
    assert (refused.code, refused.out, sent(scene)) == (5, "", [])
    assert "pass --confirm NAME where nobody can be asked" in refused.err
    wrong = world.run("delete", "alpha/1", "--confirm", "y")
    assert (wrong.code, sent(scene)) == (5, [])
    assert "the job's name is 'old import'" in wrong.err
    done = world.run("delete", "alpha/1", "--confirm", "old import", "-o", "json")
    assert (done.code, done.json["action"], done.json["message"]) == (0, "delete", "deleted")
    assert sent(scene) == ["delete"]


def test_a_plain_yes_deletes_nothing(world: World, scene: Scene) -> None:
    ended = world.run("delete", "alpha/1", "--yes")
    assert (ended.code, sent(scene)) == (2, [])


def test_force_on_the_command_line_says_enough_outside_of_production(world: World) -> None:
    scene = world.add_scene("alpha", make_job("1", state=State.RUNNING, run_id="r7"))
    assert world.run("stop", "alpha/1", "--force").code == 0
    assert sent(scene) == ["stop"]
