"""How a BMC connection proves who it is: access key, token, refresh, and when it gives up."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from tests.adapters.bmc_case import ETL, KEY, OLD, READY, SECRET, URL, Desk, FakeBmc, status
from tui.adapters.bmc import BmcAdapter
from tui.core.errors import BadAnswer, ConfigError, Unauthorized
from tui.core.redaction import Redactor
from tui.core.state import State

WITH_KEY: dict[str, Any] = {"access_key": KEY, "access_secret_key": SECRET}
MINUTE = 60.0


@pytest.fixture
async def desk() -> Desk:
    return await Desk(**WITH_KEY).open()


async def test_opening_asks_nobody(desk: Desk) -> None:
    assert desk.bmc.requests == []


async def test_the_login_sends_key_and_secret_and_no_tenant(desk: Desk) -> None:
    await desk.listed()
    login = desk.bmc.requests[0]
    assert login.url == f"{URL}/ims/api/v1/access_keys/login"
    assert (login.method, login.headers["accept"]) == ("POST", "application/json")
    assert "authorization" not in login.headers
    assert desk.bmc.login_bodies == [{"access_key": KEY, "access_secret_key": SECRET}]
    assert desk.bmc.requests[1].headers["authorization"] == "Bearer json-web-token-0001-0000"


async def test_the_portal_and_the_tenant_are_what_the_config_says() -> None:
    desk = await Desk(**WITH_KEY, portal_url="https://portal.example.com/", tenant_id="1234567890").open()
    await desk.listed()
    assert desk.bmc.requests[0].url == "https://portal.example.com/ims/api/v1/access_keys/login"
    assert desk.bmc.login_bodies[0]["tenant_id"] == "1234567890"
    assert desk.bmc.requests[1].url.host == "acme-itom.example.com"


async def test_one_login_serves_all_who_wait(desk: Desk) -> None:
    await asyncio.gather(*(desk.adapter.get_job(ETL) for _ in range(20)))
    assert (desk.bmc.logins, desk.bmc.refreshes) == (1, 0)


async def test_a_token_is_refreshed_at_ten_minutes(desk: Desk) -> None:
    await desk.listed()
    await desk.see(status("WAITING", "OK", OLD), after=9 * MINUTE)
    assert desk.bmc.refreshes == 0
    await desk.see(status("WAITING", "OK", OLD), after=1.5 * MINUTE)
    assert (desk.bmc.logins, desk.bmc.refreshes) == (1, 1)
    assert desk.bmc.login_bodies[-1] == {"token": "refresh-token-0000000001"}
    assert desk.bmc.requests[-1].headers["authorization"] == "Bearer json-web-token-0001-0001"


async def test_many_who_find_the_token_old_refresh_it_once(desk: Desk) -> None:
    await desk.listed()
    await desk.later(11 * MINUTE)
    await asyncio.gather(*(desk.adapter.get_job(ETL) for _ in range(20)))
    assert (desk.bmc.logins, desk.bmc.refreshes) == (1, 1)


async def test_before_the_refresh_token_ends_it_logs_in(desk: Desk) -> None:
    await desk.listed()
    for _ in range(6):
        await desk.see(status("WAITING", "OK", OLD), after=4 * 3600)
    # Twenty-two hours of refreshes, and a login when 23 hours had passed.
    assert (desk.bmc.logins, desk.bmc.refreshes) == (2, 5)


@pytest.mark.parametrize("refusal", [400, 401, 403, 404])
async def test_a_refresh_that_is_refused_is_followed_by_one_login(desk: Desk, refusal: int) -> None:
    await desk.listed()
    desk.bmc.refresh_status = refusal
    await desk.see(status("WAITING", "OK", OLD), after=11 * MINUTE)
    assert (desk.bmc.logins, desk.bmc.refreshes) == (2, 1)


async def test_a_portal_that_is_away_is_no_reason_to_stop_while_the_token_works(desk: Desk) -> None:
    await desk.listed()
    desk.bmc.refresh_status = 503
    job = await desk.see(status("WAITING", "OK", OLD), after=11 * MINUTE)
    assert job.state is State.SCHEDULED
    assert (desk.bmc.logins, desk.bmc.refreshes) == (1, 1)


async def test_after_a_401_it_refreshes_once(desk: Desk) -> None:
    await desk.listed()
    desk.bmc.valid.clear()
    await desk.see(status("WAITING", "OK", OLD))
    assert (desk.bmc.logins, desk.bmc.refreshes) == (1, 1)


async def test_after_a_401_and_a_useless_refresh_it_logs_in_once(desk: Desk) -> None:
    await desk.listed()
    desk.bmc.valid.clear()
    useless = desk.bmc._token
    desk.bmc._token = lambda: "useless-token-of-a-refresh"  # type: ignore[method-assign]
    asking = asyncio.ensure_future(desk.see(status("WAITING", "OK", OLD)))
    while not desk.bmc.refreshes:  # noqa: ASYNC110 - the fake sets no event
        await asyncio.sleep(0)
    desk.bmc._token = useless  # type: ignore[method-assign]
    assert (await asking).state is State.SCHEDULED
    assert (desk.bmc.logins, desk.bmc.refreshes) == (2, 1)


async def test_when_even_a_new_login_does_not_help_it_gives_up(desk: Desk) -> None:
    await desk.listed()
    desk.bmc.valid.clear()
    desk.bmc._token = lambda: "token-that-nobody-takes"  # type: ignore[method-assign]
    with pytest.raises(Unauthorized):
        await desk.see(status("WAITING", "OK", OLD))
    assert (desk.bmc.logins, desk.bmc.refreshes) == (2, 1)
    for _ in range(3):
        with pytest.raises(Unauthorized):
            await desk.adapter.get_job(ETL)
    assert (desk.bmc.logins, desk.bmc.refreshes) == (2, 1)


async def test_a_wrong_secret_costs_one_attempt() -> None:
    desk = await Desk(access_key=KEY, access_secret_key="not-the-secret-at-all").open()
    outcomes = await asyncio.gather(*(desk.adapter.get_job(ETL) for _ in range(10)), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {Unauthorized}
    with pytest.raises(Unauthorized, match="invalid access key") as caught:
        await desk.listed()
    assert desk.bmc.logins == 1
    assert "not-the-secret-at-all" not in str(caught.value)


async def test_a_change_is_sent_again_after_an_expired_session_and_made_once(desk: Desk) -> None:
    await desk.listed()
    desk.bmc.valid.clear()
    await desk.adapter.trigger(ETL, {})
    assert desk.bmc.verbs == {"321/run": 1}
    assert desk.bmc.refreshes == 1


async def test_a_ready_token_needs_no_login() -> None:
    desk = await Desk(token=READY).open()
    await desk.listed()
    assert (desk.bmc.logins, desk.bmc.refreshes) == (0, 0)
    desk.bmc.valid.clear()
    with pytest.raises(Unauthorized):
        await desk.adapter.get_job(ETL)
    assert (desk.bmc.logins, desk.bmc.refreshes) == (0, 0)


@pytest.mark.parametrize(
    "answer",
    [
        {"token": "refresh-only"},
        {"json_web_token": None},
        {"json_web_token": "line\nbreak"},
        [],
        "<html>sign in</html>",
    ],
)
async def test_a_login_without_a_token_is_a_wrong_portal(answer: Any) -> None:
    class Odd(FakeBmc):
        def _portal(self, path: str, body: dict[str, Any]) -> httpx.Response:
            text = isinstance(answer, str)
            return httpx.Response(200, text=answer) if text else httpx.Response(200, json=answer)

    desk = await Desk(Odd(), **WITH_KEY).open()
    with pytest.raises(BadAnswer):
        await desk.listed()


async def test_the_check_tells_who_we_are_and_nothing_secret(desk: Desk) -> None:
    check = await desk.adapter.check()
    assert (check.identity, check.notes) == ("access key AK7E…", ("ETLs: 2",))
    assert (await (await Desk().open()).adapter.check()).identity == "a ready token"
    plain = Desk(**WITH_KEY, portal_url="http://portal.example.com")
    assert "unencrypted" in (await (await plain.open()).adapter.check()).notes[-1]


async def test_no_secret_survives_the_redactor() -> None:
    redactor = Redactor()
    desk = await Desk(redactor=redactor, **WITH_KEY).open()
    await desk.listed()
    await desk.see(status("WAITING", "OK", OLD), after=11 * MINUTE)
    told = [SECRET, "refresh-token-0000000001", *(desk.bmc.valid - {READY})]
    assert len(told) == 4
    for secret in told:
        assert secret not in redactor.mask(f"it says {secret} here")


async def test_an_empty_secret_is_told_when_the_connection_opens() -> None:
    with pytest.raises(ConfigError, match="empty"):
        await Desk(access_key=KEY, access_secret_key="").open()


async def test_what_is_kept_holds_no_secret(desk: Desk) -> None:
    await desk.see(status("RUNNING", "OK", OLD))
    await desk.adapter.trigger(ETL, {"a": "b"})
    kept = str(vars(desk.context.memory))
    assert "etl 321" in kept
    assert not [secret for secret in (SECRET, KEY, "json-web-token", "refresh-token") if secret in kept]


WRONG = {
    "nothing": ({}, "give `access_key` and `access_secret_key`, or a ready `token`"),
    "a key alone": ({"access_key": KEY}, "`access_secret_key` is missing"),
    "a secret alone": ({"access_secret_key": SECRET}, "`access_key` is missing"),
    "both ways": ({**WITH_KEY, "token": READY}, "not both"),
    "a token and half a key": ({"access_key": KEY, "token": READY}, "not both"),
    "a path without an id": ({"token": READY, "kill_path": "/kill"}, "with {etl_id} in it"),
    "an address as a path": ({"token": READY, "kill_path": "https://x/{etl_id}"}, "a path below `url`"),
    "an unknown key": ({"token": READY, "password": "x"}, "Extra inputs"),
}


@pytest.mark.parametrize("name", list(WRONG))
def test_settings_that_can_not_work_are_refused(name: str) -> None:
    keys, told = WRONG[name]
    with pytest.raises(ValidationError) as caught:
        BmcAdapter.Settings.model_validate({"type": "bmc", "url": URL, **keys})
    assert told in str(caught.value)


@pytest.mark.parametrize("key", ["url", "portal_url"])
async def test_an_address_that_is_none_is_told_by_its_key(key: str) -> None:
    with pytest.raises(ConfigError, match=f"`{key}` is no address"):
        await Desk(**{**WITH_KEY, key: "acme"}).open()
