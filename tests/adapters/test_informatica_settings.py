"""What the config of an Informatica connection may say, and what it is told when it says something else."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tests.adapters.informatica_case import Cloud, make_settings, open_adapter
from tui.adapters.informatica import InformaticaAdapter
from tui.core.errors import ConfigError


def test_little_has_to_be_said() -> None:
    settings = make_settings()
    assert (settings.login, settings.timeout, settings.refresh) == ("v3", 90.0, None)
    assert (settings.code_task_ids, settings.taskflows, settings.cancel_call) == ((), (), None)
    assert InformaticaAdapter.default_refresh_s == 20.0


def test_ids_of_code_tasks_may_be_numbers_or_text_and_count_once() -> None:
    assert make_settings(code_tasks=[477, "478", 477, "477"]).code_task_ids == ("477", "478")


@pytest.mark.parametrize(
    ("path", "call"),
    [
        ("disnext/api/v1/CodeTask/Cancel/{job_id}", ("POST", "disnext/api/v1/CodeTask/Cancel/{job_id}")),
        ("/disnext/{job_id}/cancel", ("POST", "disnext/{job_id}/cancel")),
        ("PUT disnext/{job_id}", ("PUT", "disnext/{job_id}")),
        ("DELETE   disnext/{job_id}", ("DELETE", "disnext/{job_id}")),
    ],
)
def test_how_code_tasks_are_cancelled(path: str, call: tuple[str, str]) -> None:
    assert make_settings(code_task_cancel_path=path).cancel_call == call


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        ({"code_task_cancel_path": "disnext/cancel"}, "write it like POST path"),
        ({"code_task_cancel_path": "https://x.example.com/{job_id}"}, "write it like POST path"),
        ({"code_task_cancel_path": "GET disnext/{job_id}"}, "write it like POST path"),
        ({"code_task_cancel_path": "disnext/{job_id}/{other}"}, "write it like POST path"),
        ({"code_task_cancel_path": ""}, "write it like POST path"),
        ({"code_tasks": [""]}, "one of them is empty"),
        ({"taskflows": ["tf_daily", " "]}, "one of them is empty"),
        ({"login": "v4"}, "'v3' or 'v2'"),
        ({"security_domain": "corp"}, 'add login = "v2"'),
        ({"timeout": 0}, "greater than 0"),
        ({"tenant": "x"}, "Extra inputs"),
        ({"username": None}, "valid string"),
    ],
)
def test_what_is_wrong_is_told(keys: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        make_settings(**keys)


@pytest.mark.parametrize(
    "keys",
    [
        {"login_url": "dm-us.informaticacloud.com"},
        {"login_url": "https://ops:secret@dm-us.informaticacloud.com"},
        {"login_url": "https://dm-us.informaticacloud.com/?x=1"},
        {"pod_url": "na1"},
        {"pod_url": "ftp://na1.example.com"},
    ],
)
async def test_addresses_that_are_none_are_told_when_the_connection_opens(keys: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        await open_adapter(Cloud(), **keys)
    assert caught.value.hint
    assert "secret" not in str(caught.value)
