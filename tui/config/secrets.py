"""Fetching secrets from where the config says they are kept; what is fetched is masked from then on."""

from __future__ import annotations

import importlib
import os
import re
import selectors
import signal
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from tui.config.files import read_small
from tui.config.masking import without_secrets
from tui.config.paths import shown
from tui.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.core.redaction import Redactor
    from tui.core.settings import SecretRef

COMMAND_TIMEOUT_S = 30.0
"""A command that fetches a secret is ended after so long: it may be waiting for somebody to type."""
LARGEST = 64 * 1024
"""Bytes of the largest secret; keys and certificates are far smaller."""

_LOOK_S = 0.1
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class SecretSource:
    """Fetches the secrets of one config. It blocks, as commands and keyrings may be slow: use a thread."""

    def __init__(
        self, redactor: Redactor, folder: Path, *, command_timeout_s: float = COMMAND_TIMEOUT_S
    ) -> None:
        """Fetch secrets and tell them to a redactor.

        Args:
            redactor: Masks what was fetched.
            folder: Where relative file names start: the config file's folder.
            command_timeout_s: Seconds that a command may take.
        """
        self._redactor = redactor
        self._folder = folder
        self._command_timeout_s = command_timeout_s
        self._is_given_up = threading.Event()

    def give_up(self) -> None:
        """From another thread: end a command that is still running; who waits for it gets a ConfigError."""
        self._is_given_up.set()

    def resolve(self, ref: SecretRef) -> str:
        """The secret that a reference stands for.

        Raises:
            ConfigError: It isn't there; the message says what was looked for, and never a secret.
        """
        if ref.env is not None:
            secret = _from_variable(ref.env)
        elif ref.command is not None:
            secret = self._from_command(ref.command)
        elif ref.file is not None:
            secret = self._from_file(ref.file)
        elif ref.keyring is not None:
            secret = _from_keyring(ref.keyring)
        else:
            secret = ref.literal or ""
        if not secret:
            raise ConfigError("the secret is empty", hint="look at where it is kept")
        self._redactor.add(secret)
        return secret

    def _from_file(self, name: str) -> str:
        path = secret_file(name, self._folder)
        try:
            content = read_small(path, LARGEST)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it has no valid name"
            raise ConfigError(
                f"the secret's file {shown(path)} cannot be read: {reason}",
                hint="make the file, for your eyes only: chmod 600",
            ) from None
        return _text(content, f"the file {shown(path)}")

    def _from_command(self, command: Sequence[str]) -> str:
        if not command or not command[0]:
            raise ConfigError(
                "the command of the secret is empty", hint='write command = ["pass", "show", "name"]'
            )
        name = Path(command[0]).name
        with tempfile.TemporaryFile() as complaints:
            try:
                output, code = self._run(command, complaints)
            except TimeoutError:
                raise ConfigError(
                    f"the command {name!r} of the secret took more than {self._command_timeout_s:g} s",
                    hint="it must not wait for anybody to type; unlock the store first",
                ) from None
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or "an argument has a zero byte"
                raise ConfigError(
                    f"the command {name!r} of the secret cannot be started: {reason}",
                    hint="give its full path; no shell is involved, each argument is one item of the list",
                ) from None
            if len(output) > LARGEST:
                raise ConfigError(
                    f"the command {name!r} of the secret printed more than {LARGEST // 1024} kB",
                    hint="it must print the secret and nothing else",
                )
            if code != 0:
                said = self._last_words(complaints, output)
                raise ConfigError(
                    f"the command {name!r} of the secret failed with exit code {code}{said}",
                    hint="run it by hand to see what it needs",
                )
        return _text(output, f"the output of {name!r}")

    def _run(self, command: Sequence[str], complaints: IO[bytes]) -> tuple[bytes, int]:
        """Output and exit code; the output is cut off when it is too large to be a secret."""
        deadline = time.monotonic() + self._command_timeout_s
        # A session of its own: the command can't ask on our terminal, and is ended with all its children.
        with subprocess.Popen(  # noqa: S603 - the user's own command, started without a shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            start_new_session=True,
            cwd=self._folder if self._folder.is_dir() else None,
        ) as process:
            try:
                output = self._read_until(process.stdout, deadline)
                if len(output) <= LARGEST:
                    process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                raise TimeoutError from None
            finally:
                _end_group(process)
            return output, process.returncode

    def _read_until(self, stream: IO[bytes] | None, deadline: float) -> bytes:
        output = b""
        if stream is None:
            return output
        with selectors.DefaultSelector() as selector:
            selector.register(stream, selectors.EVENT_READ)
            while len(output) <= LARGEST:
                left = deadline - time.monotonic()
                if left <= 0 or self._is_given_up.is_set():
                    raise TimeoutError
                if selector.select(min(left, _LOOK_S)):
                    part = os.read(stream.fileno(), LARGEST)
                    if not part:
                        break
                    output += part
        return output

    def _last_words(self, complaints: IO[bytes], output: bytes) -> str:
        """The last line of what a failed command complained; nothing of what it printed leaves with it."""
        complaints.seek(0, os.SEEK_END)
        complaints.seek(max(0, complaints.tell() - LARGEST))
        lines = complaints.read().decode("utf-8", "replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        printable = "".join(c if c.isprintable() else " " for c in last)
        printed = frozenset(line.strip() for line in output.decode("utf-8", "replace").splitlines())
        return f": {without_secrets(self._redactor.mask(printable), printed)[:200]}" if printable else ""


def secret_file(name: str, folder: Path) -> Path:
    """Where a secret's file is: relative names start at the config file's folder."""
    try:
        return folder / Path(name).expanduser()
    except RuntimeError:
        return folder / name


def _end_group(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _from_variable(name: str) -> str:
    if not _VARIABLE.fullmatch(name):
        # It may be the secret itself, so it is not repeated.
        raise ConfigError("env must name an environment variable", hint='write env = "TAC_PASSWORD"')
    value = os.environ.get(name)
    if not value:
        state = "is empty" if value == "" else "is not set"
        raise ConfigError(
            f"the environment variable {name} {state}", hint=f"export {name}=… before starting nightdeck"
        )
    return value


def _from_keyring(name: str) -> str:
    service, slash, user = name.rpartition("/")
    if not slash or not service or not user:
        raise ConfigError(
            "keyring must read service/user", hint='write keyring = "nightdeck/ops@example.com"'
        )
    try:
        keyring = importlib.import_module("keyring")
        errors = importlib.import_module("keyring.errors")
    except ImportError:
        raise ConfigError(
            "secrets in the keyring need a library that is not installed",
            hint='pip install "nightdeck[keyring]"',
        ) from None
    try:
        secret = keyring.get_password(service, user)
    except (errors.KeyringError, OSError, RuntimeError) as error:
        raise ConfigError(
            f"the keyring cannot be used: {type(error).__name__}",
            hint="unlock it, or keep the secret in a file or behind a command",
        ) from None
    if secret is None:
        raise ConfigError(
            f"the keyring has no secret for {service}/{user}", hint=f"keyring set {service} {user}"
        )
    return str(secret)


def _text(content: bytes, what: str) -> str:
    """A secret as it was stored: without the one newline that most tools add."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise ConfigError(f"{what} is not text in UTF-8", hint="store the secret as text") from None
    return text.removesuffix("\n").removesuffix("\r")
