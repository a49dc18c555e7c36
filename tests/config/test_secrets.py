from __future__ import annotations

import os
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import psutil
import pytest

from tests.support.clock import FakeClock
from tui.config.exposure import exposure
from tui.config.secrets import SecretSource
from tui.core.errors import ConfigError
from tui.core.redaction import MASK, Redactor
from tui.core.settings import SecretRef

SECRET = "hunter22-correct-horse"


@pytest.fixture
def redactor() -> Redactor:
    return Redactor()


@pytest.fixture
def source(redactor: Redactor, home: Path) -> SecretSource:
    return SecretSource(redactor, home)


def refusal(source: SecretSource, ref: SecretRef) -> str:
    with pytest.raises(ConfigError) as caught:
        source.resolve(ref)
    printed = "".join(traceback.format_exception(caught.value))
    assert SECRET not in f"{printed}{caught.value}{caught.value.hint}"
    return str(caught.value)


def script(home: Path, text: str) -> SecretRef:
    path = home / "fetch.sh"
    path.write_text(text)
    return SecretRef(command=("sh", str(path)))


def test_a_variable(source: SecretSource, redactor: Redactor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAC_PASSWORD", SECRET)
    assert source.resolve(SecretRef(env="TAC_PASSWORD")) == SECRET
    assert redactor.mask(f"said {SECRET}!") == f"said {MASK}!"


def test_secrets_fetched_side_by_side_are_all_masked(source: SecretSource, redactor: Redactor) -> None:
    secrets = [f"{SECRET}-{number:03}" for number in range(200)]
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(lambda text: source.resolve(SecretRef(literal=text)), secrets)) == secrets
    assert {redactor.mask(secret) for secret in secrets} == {MASK}


def test_a_variable_that_is_not_set_or_empty(source: SecretSource, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(source, SecretRef(env="TAC_PASSWORD")) == (
        "the environment variable TAC_PASSWORD is not set (export TAC_PASSWORD=… before starting nightdeck)"
    )
    monkeypatch.setenv("TAC_PASSWORD", "")
    assert "TAC_PASSWORD is empty" in refusal(source, SecretRef(env="TAC_PASSWORD"))


def test_a_secret_in_place_of_a_variables_name_is_not_repeated(source: SecretSource) -> None:
    assert refusal(source, SecretRef(env=SECRET)).startswith("env must name an environment variable")


def test_a_literal(source: SecretSource, redactor: Redactor) -> None:
    assert source.resolve(SecretRef(literal=SECRET)) == SECRET
    assert SECRET not in redactor.mask(SECRET)
    assert refusal(source, SecretRef(literal="")).startswith("the secret is empty")


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_file_without_its_last_newline(source: SecretSource, home: Path, end: str) -> None:
    (home / "secret").write_bytes(f"{SECRET}{end}".encode())
    for name in ("secret", "~/secret", str(home / "secret")):
        assert source.resolve(SecretRef(file=name)) == SECRET


def test_only_one_newline_is_dropped(source: SecretSource, home: Path) -> None:
    (home / "secret").write_text(f" {SECRET}\n\n")
    assert source.resolve(SecretRef(file="secret")) == f" {SECRET}\n"


def test_a_files_troubles(source: SecretSource, home: Path) -> None:
    (home / "binary").write_bytes(b"\xff\xfe\x00")
    (home / "large").write_bytes(b"x" * 70_000)
    (home / "blank").write_bytes(b"\n")
    told = {
        name: refusal(source, SecretRef(file=name))
        for name in ("gone", ".", "binary", "large", "blank", "a\0b")
    }
    assert "gone cannot be read: No such file" in told["gone"]
    assert "it is a folder" in told["."]
    assert "not text in UTF-8" in told["binary"]
    assert "larger than 64 kB" in told["large"]
    assert "the secret is empty" in told["blank"]
    assert "it has no valid name" in told["a\0b"]


def test_a_command(source: SecretSource, home: Path) -> None:
    assert source.resolve(script(home, f"printf '%s\\n' '{SECRET}'")) == SECRET


def test_a_command_gets_its_arguments_as_they_are(source: SecretSource) -> None:
    assert source.resolve(SecretRef(command=("printf", "%s", "$HOME; `id` *"))) == "$HOME; `id` *"


def test_a_command_has_no_input_and_no_terminal(source: SecretSource, home: Path) -> None:
    ref = script(home, "cat; if (: </dev/tty) 2>/dev/null; then echo terminal; else echo none; fi")
    assert source.resolve(ref) == "none"


def test_a_failing_command_tells_its_last_words_but_no_secret(source: SecretSource, home: Path) -> None:
    ref = script(home, f"echo {SECRET}; echo first >&2; echo 'no key for {SECRET}' >&2; echo >&2; exit 3")
    assert refusal(source, ref) == (
        f"the command 'sh' of the secret failed with exit code 3: no key for {MASK} "
        "(run it by hand to see what it needs)"
    )


def test_a_failing_commands_complaint_is_one_printable_line(source: SecretSource, home: Path) -> None:
    told = refusal(source, script(home, "printf 'bad\\033[2Jend\\007' >&2; exit 1"))
    assert "exit code 1: bad [2Jend (run" in told


def test_a_command_that_is_missing(source: SecretSource) -> None:
    assert "'no-such-program' of the secret cannot be started: No such file" in refusal(
        source, SecretRef(command=("no-such-program", SECRET))
    )
    assert "a zero byte" in refusal(source, SecretRef(command=("echo", "a\0b")))
    assert "the command of the secret is empty" in refusal(source, SecretRef(command=()))


def test_a_command_that_prints_nothing_or_too_much(source: SecretSource, home: Path) -> None:
    assert refusal(source, script(home, "exit 0")).startswith("the secret is empty")
    assert "more than 64 kB" in refusal(source, SecretRef(command=("yes", "hello")))
    assert "not text in UTF-8" in refusal(source, SecretRef(command=("printf", "\\377")))


async def test_a_command_that_takes_too_long_is_ended_with_its_children(
    redactor: Redactor, home: Path
) -> None:
    source = SecretSource(redactor, home, command_timeout_s=0.5)
    pids = home / "pids"
    ref = script(home, f"sleep 600 & echo $! > {pids}; echo {SECRET}; wait")
    assert refusal(source, ref).startswith("the command 'sh' of the secret took more than 0.5 s")
    if pids.exists():
        await FakeClock().wait_until(lambda: not is_running(int(pids.read_text())))


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_command_can_be_given_up_from_another_thread(source: SecretSource, home: Path) -> None:
    source_refused = threading.Event()

    def fetch() -> None:
        with pytest.raises(ConfigError):
            source.resolve(script(home, "sleep 600"))
        source_refused.set()

    thread = threading.Thread(target=fetch)
    thread.start()
    source.give_up()
    thread.join(20)
    assert source_refused.is_set()


class FakeKeyring(ModuleType):
    """Stands in for the keyring library."""

    def __init__(self, *, is_locked: bool = False) -> None:
        super().__init__("keyring")
        self.errors = ModuleType("keyring.errors")
        self.errors.__dict__["KeyringError"] = type("KeyringError", (Exception,), {})
        self.is_locked = is_locked

    def get_password(self, service: str, user: str) -> str | None:
        if self.is_locked:
            raise self.errors.__dict__["KeyringError"](SECRET)
        return SECRET if (service, user) == ("night/deck", "ops") else None


def use_keyring(monkeypatch: pytest.MonkeyPatch, keyring: FakeKeyring | None) -> None:
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    monkeypatch.setitem(sys.modules, "keyring.errors", keyring.errors if keyring else None)


def test_the_keyring(source: SecretSource, monkeypatch: pytest.MonkeyPatch) -> None:
    use_keyring(monkeypatch, FakeKeyring())
    assert source.resolve(SecretRef(keyring="night/deck/ops")) == SECRET
    assert refusal(source, SecretRef(keyring="night/deck/me")) == (
        "the keyring has no secret for night/deck/me (keyring set night/deck me)"
    )
    assert "must read service/user" in refusal(source, SecretRef(keyring="ops"))


def test_a_locked_keyring(source: SecretSource, monkeypatch: pytest.MonkeyPatch) -> None:
    use_keyring(monkeypatch, FakeKeyring(is_locked=True))
    assert "the keyring cannot be used: KeyringError" in refusal(source, SecretRef(keyring="a/b"))


def test_without_the_keyring_library(source: SecretSource, monkeypatch: pytest.MonkeyPatch) -> None:
    use_keyring(monkeypatch, None)
    assert refusal(source, SecretRef(keyring="a/b")).endswith('(pip install "nightdeck[keyring]")')


@pytest.mark.parametrize(
    ("mode", "told"),
    [
        (0o600, ""),
        (0o400, ""),
        (0o640, "its group can read it (mode 0640)"),
        (0o644, "everybody can read it (mode 0644)"),
        (0o604, "everybody can read it (mode 0604)"),
    ],
)
def test_who_else_can_read_a_file(home: Path, mode: int, told: str) -> None:
    path = home / "secret"
    path.write_text(SECRET)
    path.chmod(mode)
    assert exposure(path) == told


def test_what_is_no_file_exposes_nothing(home: Path) -> None:
    assert exposure(home / "gone") == ""
    os.mkfifo(home / "pipe", 0o644)
    assert exposure(home / "pipe") == ""
