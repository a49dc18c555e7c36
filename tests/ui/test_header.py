"""How the first line tells of connections."""

from __future__ import annotations

from datetime import timedelta

from tests.support.clock import START
from tui.core.models import Health, HealthStatus
from tui.ui.widgets.header import health_line


def health(name: str, status: HealthStatus = HealthStatus.OK, *, age: float = 0, code: str = "") -> Health:
    return Health(name, "local", status=status, last_ok_at=START - timedelta(seconds=age), code=code)


def told(*all_of_them: Health, room: int = 200, is_ascii: bool = False) -> str:
    return health_line({h.connection: h for h in all_of_them}, START, room, is_ascii=is_ascii).plain


def test_a_broken_connection_comes_first_with_code_and_age() -> None:
    line = told(health("talend"), health("iics", HealthStatus.UNAUTHORIZED, age=60, code="401"))
    assert line == "iics ▲ 401 1m  talend ●"


def test_a_healthy_age_is_told_only_when_it_grows() -> None:
    assert told(health("bmc", age=4)) == "bmc ●"
    assert told(health("bmc", age=45)) == "bmc ● 45s"


def test_what_does_not_fit_is_counted() -> None:
    line = told(*(health(f"connection-{n}") for n in range(9)), room=40)
    assert len(line) <= 40
    assert line.endswith("+7")


def test_plain_characters_where_nothing_else_may_be_drawn() -> None:
    assert told(health("dm", HealthStatus.FAILING, age=180, code="down"), is_ascii=True) == "dm x down 3m"


def test_switched_off_verification_is_always_told() -> None:
    insecure = Health("lab", "talend", status=HealthStatus.OK, last_ok_at=START, is_insecure=True)
    assert "tls off" in told(insecure)


def test_switched_off_verification_is_told_also_where_there_is_no_room_for_its_connection() -> None:
    insecure = Health("zzz", "talend", status=HealthStatus.OK, last_ok_at=START, is_insecure=True)
    well = [health(f"connection-{n}") for n in range(9)]
    assert told(*well, insecure, room=40).startswith("zzz ● tls off")
    down = [health(f"connection-{n}", HealthStatus.FAILING, code="down") for n in range(9)]
    line = told(*down, insecure, room=50)
    assert line.endswith("down now  +9 tls off")
    assert len(line) <= 50
