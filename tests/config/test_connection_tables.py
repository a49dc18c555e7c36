from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, field_validator, model_validator

from tests.config.conftest import Write
from tui.adapters.local.settings import LocalSettings
from tui.config.advice import secret_advice
from tui.config.connection import ConnectionTable
from tui.config.effective import effective_settings, toml_lines
from tui.config.json_schema import config_schema
from tui.config.load import load_config
from tui.config.secrets import SecretSource
from tui.core.errors import ConfigError
from tui.core.redaction import MASK, Redactor
from tui.core.settings import ConnectionSettings, SecretRef

SECRET = "hunter22-correct-horse"


class TalendSettings(ConnectionSettings):
    """A made-up system's table."""

    type: Literal["talend"]
    """The type."""
    url: str
    """The address."""
    username: str = "ops"
    """Who."""
    password: SecretRef
    """The secret."""
    access_key: SecretRef | None = None
    """Another secret."""
    window: Annotated[str | int, Field()] = "24h"
    """Text or number."""
    auth: Literal["basic", "bearer"] = "basic"
    """How."""
    extra: dict[str, str | SecretRef] = Field(default_factory=dict)
    """More, some of it secret."""

    @field_validator("url")
    @classmethod
    def _has_scheme(cls, value: str) -> str:
        if "://" not in value:
            raise ValueError(f"{value!r} has no scheme such as https://")
        return value

    @model_validator(mode="after")
    def _no_leak(self) -> TalendSettings:
        if self.username == "leaky":
            raise ValueError(f"cannot log in with {self.password.literal}\nat all")
        return self


def table(write: Write, text: str) -> ConnectionTable:
    loaded = load_config(write(f'[connections.talend-prod]\ntype = "talend"\n{text}'))
    return ConnectionTable(loaded.document, "talend-prod", loaded.config.connections["talend-prod"])


ONE_OF_FOUR = (
    ":4: [connections.talend-prod] password is not right, give exactly one of env, command, file or keyring"
)
GOOD = 'url = "https://tac"\npassword = { env = "TAC" }\n'


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (GOOD, []),
        (
            'url = "https://tac"\npasswrd = "x"\n',
            [
                ":1: [connections.talend-prod] the key 'password' is missing",
                ":4: [connections.talend-prod] unknown key 'passwrd', did you mean 'password'?",
            ],
        ),
        (
            "",
            [
                ":1: [connections.talend-prod] the key 'url' is missing",
                ":1: [connections.talend-prod] the key 'password' is missing",
            ],
        ),
        (
            f'{GOOD}environment = "production"\n',
            [
                (
                    ':5: [connections.talend-prod] environment must be "prod", "stage", "dev" or "", '
                    'not "production"'
                )
            ],
        ),
        (
            f'{GOOD}environment = "prd"\n',
            [
                (
                    ':5: [connections.talend-prod] environment must be "prod", "stage", "dev" or "", '
                    "not \"prd\", did you mean 'prod'?"
                )
            ],
        ),
        (
            f"{GOOD}refresh = 0\n",
            [":5: [connections.talend-prod] refresh must be greater than or equal to 0.2, not 0"],
        ),
        (
            f'{GOOD}refresh = "often"\n',
            [':5: [connections.talend-prod] refresh must be a number, not "often"'],
        ),
        (f"{GOOD}timeout = 0\n", [":5: [connections.talend-prod] timeout must be greater than 0, not 0"]),
        (
            f"{GOOD}max_concurrency = 1.5\n",
            [":5: [connections.talend-prod] max_concurrency must be a whole number, not 1.5"],
        ),
        (
            f"{GOOD}verify = [1]\n",
            [":5: [connections.talend-prod] verify must be true or false or a text in quotes, not a list"],
        ),
        (
            f'{GOOD}min_tls = "1.1"\n',
            [
                (
                    ':5: [connections.talend-prod] min_tls must be "1.2" or "1.3", not "1.1", '
                    "did you mean '1.3'?"
                )
            ],
        ),
        (
            f"{GOOD}min_tls = 1.3\n",
            [':5: [connections.talend-prod] min_tls must be "1.2" or "1.3", not 1.3'],
        ),
        (
            f'{GOOD}client_key = "key.pem"\n',
            [":1: [connections.talend-prod] `client_key` is of no use without `client_cert`"],
        ),
        (
            f'{GOOD}client_key_password = {{ env = "A" }}\n',
            [":1: [connections.talend-prod] `client_key_password` is of no use without `client_cert`"],
        ),
        (
            f'{GOOD}proxy_username = "ops"\n',
            [":1: [connections.talend-prod] `proxy_username` is of no use without `proxy`"],
        ),
        (
            f'{GOOD}proxy = "http://proxy:3128"\nproxy_password = {{ env = "A" }}\n',
            [":1: [connections.talend-prod] `proxy_password` is of no use without `proxy_username`"],
        ),
        (
            f'{GOOD}proxy = "http://a:b@proxy:3128"\nproxy_username = "ops"\n',
            [
                (
                    ":1: [connections.talend-prod] give the name for the proxy once: in `proxy_username`, "
                    "or in `proxy`"
                )
            ],
        ),
        (
            f"{GOOD}window = [1]\n",
            [":5: [connections.talend-prod] window must be a text in quotes or a whole number, not a list"],
        ),
        (f'{GOOD}jobs = "x"\n', [':5: [connections.talend-prod] jobs must be a list, not "x"']),
        (
            f'{GOOD}timezone = "Mars"\n',
            [":5: [connections.talend-prod] timezone: 'Mars' is no IANA time zone such as Europe/Berlin"],
        ),
        (
            'url = "tac"\npassword = "x"\n',
            [":3: [connections.talend-prod] url: 'tac' has no scheme such as https://"],
        ),
        (
            'url = "https://tac"\npassword = { enf = "TAC" }\n',
            [":4: [connections.talend-prod] unknown key 'password.enf', did you mean 'env'?"],
        ),
        (
            'url = "https://tac"\npassword = {}\n',
            [ONE_OF_FOUR],
        ),
        (
            'url = "https://tac"\npassword = { env = "A", file = "b" }\n',
            [ONE_OF_FOUR],
        ),
        (
            'url = "https://tac"\npassword = 12345678\n',
            [
                (
                    ":4: [connections.talend-prod] password must be a text in quotes or a table such as "
                    '{ env = "…" }, not this'
                )
            ],
        ),
        (
            'url = "https://tac"\npassword = { command = "pass show" }\n',
            [":4: [connections.talend-prod] password.command must be a list, not this text"],
        ),
        (
            'url = "https://tac"\npassword = { env = 5 }\n',
            [":4: [connections.talend-prod] password.env must be a text in quotes, not this"],
        ),
    ],
)
def test_every_refused_key_is_one_line(write: Write, text: str, lines: list[str]) -> None:
    found = table(write, text).problems(TalendSettings)
    assert [str(problem) for problem in found] == [f"config.toml{line}" for line in lines]
    assert {problem.connection for problem in found} <= {"talend-prod"}


@pytest.mark.parametrize(
    "text",
    [
        f'passwrd = "{SECRET}"\n',
        f'url = "x"\npassword = "{SECRET}"\nusername = "leaky"\n',
        f'url = "https://x"\npassword = "{SECRET}"\nusername = "leaky"\n',
        f'url = "https://x"\npassword = {{ enf = "{SECRET}" }}\n',
        f'url = "https://x"\npassword = {{ env = ["{SECRET}"] }}\n',
        f'url = "https://x"\npassword = {{ env = "{SECRET}", file = "{SECRET}" }}\n',
        f'url = "https://x"\npassword = ["{SECRET}"]\n',
        f'url = "https://x"\npassword = "x"\naccess_key = ["{SECRET}"]\n',
        f'url = "https://x"\npassword = "x"\nextra = {{ A = {{ literal = ["{SECRET}"] }} }}\n',
    ],
)
def test_no_refusal_repeats_a_secret(write: Write, text: str) -> None:
    broken = table(write, text)
    with pytest.raises(ConfigError) as caught:
        broken.settings(TalendSettings, Redactor())
    told = "".join(f"{p} {p.hint} {p!r}" for p in broken.problems(TalendSettings))
    assert SECRET not in f"{told}{caught.value}{caught.value.hint}"
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_the_adapters_own_message_stays_readable_without_the_secret(write: Write) -> None:
    broken = table(write, f'url = "https://x"\npassword = "{SECRET}"\nusername = "leaky"\n')
    (problem,) = broken.problems(TalendSettings)
    assert str(problem) == f"config.toml:1: [connections.talend-prod] cannot log in with {MASK} at all"


def test_good_settings_and_literal_secrets_are_masked_from_then_on(write: Write) -> None:
    redactor = Redactor()
    settings = table(write, f'url = "https://x"\npassword = "{SECRET}"\n').settings(TalendSettings, redactor)
    assert isinstance(settings, TalendSettings)
    assert settings.password == SecretRef(literal=SECRET)
    assert SECRET not in redactor.mask(f"said {SECRET}")
    assert SECRET not in repr(settings)


def test_names_of_files_start_at_the_config_files_folder(write: Write, home: Path) -> None:
    text = 'verify = "ca.pem"\nclient_cert = "~/ops.pem"\nclient_key = "/etc/ops.pem"\n'
    settings = table(write, f"{GOOD}{text}").settings(TalendSettings, Redactor())
    assert settings.verify == str(home / "ca.pem")
    assert settings.client_cert == str(home / "ops.pem")
    assert settings.client_key == "/etc/ops.pem"
    for plain, is_verified in (("verify = false\n", False), ("", True)):
        settings = table(write, f"{GOOD}{plain}").settings(TalendSettings, Redactor())
        assert settings.verify is is_verified
        assert settings.client_cert is None


def test_several_problems_are_counted_in_the_error(write: Write) -> None:
    with pytest.raises(ConfigError, match=r"the key 'url' is missing \(and 1 more\)"):
        table(write, "").settings(TalendSettings, Redactor())


def test_a_missing_secret_names_the_key_that_asks_for_it(write: Write, home: Path) -> None:
    connection = table(write, GOOD)
    settings = connection.settings(TalendSettings, Redactor())
    with pytest.raises(ConfigError) as caught:
        connection.fetch_secrets(settings, SecretSource(Redactor(), home))
    assert caught.value.message == (
        "config.toml:4: [connections.talend-prod] password is not available: "
        "the environment variable TAC is not set"
    )
    assert caught.value.hint == "export TAC=… before starting nightdeck"
    assert caught.value.message == Redactor().mask(caught.value.message)


def test_secrets_of_deeper_tables_wait_until_they_are_needed(
    write: Write, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAC", SECRET)
    connection = table(write, f'{GOOD}extra = {{ A = {{ env = "NOT_SET" }} }}\n')
    settings = connection.settings(TalendSettings, Redactor())
    secrets = connection.fetch_secrets(settings, SecretSource(Redactor(), home))
    assert secrets == {SecretRef(env="TAC"): SECRET}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("", False, False, None)),
        ('environment = "prod"\nread_only = true\nverify = false\nrefresh = 5', ("prod", True, True, 5.0)),
        (
            'environment = "production"\nread_only = "yes"\nverify = "ca.pem"\nrefresh = "x"',
            ("prod", True, False, None),
        ),
        ("environment = 5\nread_only = 1\nverify = 0\nrefresh = -1", ("prod", True, True, None)),
        ("read_only = false\nrefresh = nan", ("", False, False, None)),
        ("refresh = true", ("", False, False, None)),
    ],
)
def test_what_is_needed_before_the_adapter_is_read_with_care(
    write: Write, text: str, expected: tuple[Any, ...]
) -> None:
    found = table(write, text)
    assert (found.environment, found.is_read_only, found.is_insecure, found.refresh_s) == expected
    assert found.adapter_type == "talend"


EFFECTIVE = f"""
[ui]
theme = "nightdeck-dark"
[keymap]
rerun = ["R", "ctrl+r"]
[[views]]
name = "a \\"b\\""
[connections.talend-prod]
type = "talend"
url = "https://user:{SECRET}@tac/x?key={SECRET}"
password = "{SECRET}"
access_key = {{ command = ["pass", "{SECRET}"] }}
passwrd = "{SECRET}"
extra = {{ P = "shown", MY_TOKEN = "{SECRET}", OTHER = {{ env = "O" }}, L = {{ literal = "{SECRET}" }} }}
[connections.else]
type = "nobody-knows"
url = "{SECRET}"
timeout = 5
"""


def test_the_effective_config_tells_values_and_sources_but_no_secret(write: Write) -> None:
    loaded = load_config(write(EFFECTIVE))
    settings = effective_settings(loaded, {"talend-prod": TalendSettings})
    by_key = {(setting.table, setting.key): setting for setting in settings}
    assert by_key["[ui]", "theme"].source == "config.toml:3"
    assert by_key["[ui]", "mouse"].source == "default"
    assert by_key["[ui]", "mouse"].value is True
    connection = "[connections.talend-prod]"
    assert by_key[connection, "url"].value == f"https://{MASK}@tac/x?{MASK}"
    assert by_key[connection, "password"].value == MASK
    assert by_key[connection, "password"].source == "config.toml:11"
    assert by_key[connection, "access_key"].value == {"command": ["pass", MASK]}
    assert by_key[connection, "passwrd"].value == MASK
    assert by_key[connection, "extra"].value == {
        "P": "shown",
        "MY_TOKEN": MASK,
        "OTHER": {"env": "O"},
        "L": {"literal": MASK},
    }
    assert by_key[connection, "username"].value == "ops"
    assert by_key[connection, "username"].source == "default"
    assert by_key["[connections.else]", "url"].value == MASK
    assert by_key["[connections.else]", "timeout"].value == 5
    assert SECRET not in "\n".join([*toml_lines(settings), repr(settings)])


def test_tables_in_a_table_are_shown_one_by_one_without_secrets(write: Write) -> None:
    loaded = load_config(
        write(
            '[connections.here]\ntype = "local"\n'
            '[[connections.here.job]]\nname = "a"\ncommand = "one"\n'
            f'[[connections.here.job]]\nname = "b"\ncommand = "export TOKEN={SECRET}\\nrun"\n'
            f'pasword = "{SECRET}"\nenv = {{ KEY = {{ literal = "{SECRET}" }} }}\n'
        )
    )
    settings = effective_settings(loaded, {"here": LocalSettings})
    jobs = [setting for setting in settings if setting.table == "[[connections.here.job]]"]
    assert [(s.key, s.value, s.source) for s in jobs if s.source != "default"] == [
        ("name", "a", "config.toml:4"),
        ("command", "one", "config.toml:5"),
        ("name", "b", "config.toml:7"),
        ("command", f"export TOKEN={MASK}\nrun", "config.toml:8"),
        ("pasword", MASK, "config.toml:9"),
        ("env", {"KEY": {"literal": MASK}}, "config.toml:10"),
    ]
    text = "\n".join(toml_lines(settings))
    assert text.count("[[connections.here.job]]") == 2
    assert SECRET not in text


def test_the_effective_config_is_toml_that_means_the_same(write: Write, home: Path) -> None:
    loaded = load_config(write(EFFECTIVE.replace(SECRET, "x")))
    text = "\n".join(toml_lines(effective_settings(loaded, {"talend-prod": TalendSettings})))
    assert 'name = "a \\"b\\""  # config.toml:7' in text
    again = home / "again.toml"
    again.write_text(text, encoding="utf-8")
    reloaded = load_config(again)
    assert reloaded.problems == ()
    assert reloaded.config.model_copy(update={"connections": {}}) == loaded.config.model_copy(
        update={"connections": {}}
    )


def test_advice_about_secrets_that_are_written_out(write: Write, home: Path) -> None:
    (home / "open.txt").write_text("x")
    (home / "open.txt").chmod(0o644)
    path = write(
        f'[connections.a]\ntype = "talend"\nauth = "basic"\npassword = "{SECRET}"\n'
        'access_key = { file = "open.txt" }\n'
        f'extra = {{ A = {{ literal = "{SECRET}" }}, B = "plain", C = {{ env = "X" }} }}\n'
    )
    path.chmod(0o644)
    advice = secret_advice(load_config(path), {"a": TalendSettings})
    assert [str(problem) for problem in advice] == [
        "config.toml:4: [connections.a] password is written out in the config file",
        "config.toml:5: [connections.a] the secret's file open.txt: everybody can read it (mode 0644)",
        "config.toml:6: [connections.a] extra.A.literal is written out in the config file",
        "config.toml: the file has secrets in it and everybody can read it (mode 0644)",
    ]
    assert all(problem.is_warning and problem.hint for problem in advice)
    assert SECRET not in repr(advice)


def test_advice_about_the_line(write: Write, home: Path) -> None:
    (home / "both.pem").write_text("x")
    (home / "both.pem").chmod(0o644)
    proxy = f'proxy = "http://ops:{SECRET}@proxy:3128"\n'
    path = write(f'[connections.a]\ntype = "talend"\n{GOOD}client_cert = "both.pem"\n{proxy}')
    path.chmod(0o640)
    advice = secret_advice(load_config(path), {"a": TalendSettings})
    assert [str(problem) for problem in advice] == [
        "config.toml:5: [connections.a] the private key in both.pem: everybody can read it (mode 0644)",
        "config.toml:6: [connections.a] the login of the proxy is written out in the config file",
        "config.toml: the file has secrets in it and its group can read it (mode 0640)",
    ]
    assert all(problem.is_warning and problem.hint for problem in advice)
    assert SECRET not in repr(advice)


def test_no_advice_where_nothing_is_written_out(write: Write) -> None:
    path = write(f'[connections.a]\ntype = "talend"\n{GOOD}')
    path.chmod(0o644)
    assert secret_advice(load_config(path), {}) == ()


def test_the_schema_tells_connections_apart_by_their_type() -> None:
    import jsonschema

    schema = config_schema({"talend": TalendSettings})
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    good = {"type": "talend", "url": "https://x", "password": "x"}
    for table_, is_fine in (
        (good, True),
        ({**good, "password": {"env": "X"}}, True),
        ({**good, "password": {"env": "X", "file": "y"}}, False),
        ({**good, "password": {"enf": "X"}}, False),
        ({**good, "extra": {"A": "x", "B": {"env": "X"}}}, True),
        ({**good, "type": "other"}, False),
        ({**good, "usrname": "x"}, False),
        ({"type": "talend", "url": "x"}, False),
    ):
        assert check.is_valid({"connections": {"a": table_}}) is is_fine
    assert not check.is_valid({"ui": {"thme": "x"}})
    assert check.is_valid({"keymap": {"rerun": "R", "stop": ["X"]}, "views": [{"name": "a"}]})


def test_the_schema_explains_every_key() -> None:
    schema = config_schema({"talend": TalendSettings})
    for definition in (schema, *schema["$defs"].values()):
        for alternative in (definition, *definition.get("anyOf", ())):
            for key, described in alternative.get("properties", {}).items():
                assert described.get("description") or "$ref" in described, key
    assert '"null"' not in str(schema)
