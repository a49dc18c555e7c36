"""Which lines of a log tell why a run failed, as ranked rules: data alone.

The first rule that a line fits is the line's. Of all lines the one counts whose rule stands first in the
list; rules that stand beside each other share a rank. Of several lines of a rank the last one counts, for a
run that tried again failed of its last error, and of a chain of causes Java tells the innermost one last.
Where the first of several is the cause and the others only follow from it, the rule says so.

Python tells chains of tracebacks the other way round. Of `raise … from error` the error counts, as Java's
innermost cause does: what is raised from it only wraps it. Of errors `during handling` of another one the
last counts: the program had dealt with the first one, and died of the last.

What was survived counts less, what follows from a failure least, and noise not at all: `error_context`
tells these lines apart.
"""

from __future__ import annotations

from typing import NamedTuple


class ErrorRule(NamedTuple):
    """One way in which logs tell of errors."""

    id: str
    """Its name, kept beside what it found."""
    words: tuple[str, ...]
    """Lower-case words of which a line must have one to be worth the pattern; none when any line is."""
    pattern: str
    """A regular expression; the group `told` is the message, else all from where it fits."""
    is_first: bool = False
    """Whether of several close to each other the first counts instead of the last."""
    is_warning: bool = False
    """Whether it tells only why a run ended with a warning."""
    is_beside: bool = False
    """Whether it shares the rank of the rule before it."""
    is_summary: bool = False
    """Whether it tells little more than that something failed: even an error that was survived tells more."""


_NAME = r"(?:[A-Za-z_$][\w$]*\.)*[A-Za-z_$][\w$]*(?:Exception|Error|Failure|Fault|Interrupt)"
"""The name of an error in Java, Python, .NET or JavaScript."""

_NAME_WORDS = ("exception", "error", "failure", "fault", "interrupt")

_NAMED = rf"{_NAME}(?: \(\w+\)| \[\w+\])?"
"""The same, with the number that .NET and Node tell."""

_PROGRAM = r"(?:^(?![A-Z]{4,8}:)[\w./@+-]+(?: \w+)?: .*?)?"
"""The program that speaks, with all that it says before the words that are known."""

_BARE_NAME = r"(?:[a-z_$][\w$]*\.)+[A-Z][\w$]*(?:Exception|Error)"
"""The whole name of a Java error that has no message."""

RULES: tuple[ErrorRule, ...] = (
    ErrorRule(
        "oracle",
        ("ora-", "tns-", "rman-", "kup-"),
        r"\b(?P<told>(?!ORA-06512|ORA-00604|ORA-04088|ORA-06550|RMAN-00569|RMAN-00571|RMAN-03002)"
        r"(?:ORA|TNS|RMAN|KUP)-\d{4,5}\b.*)",
    ),
    ErrorRule("sqlldr", ("loader-",), r"(?P<told>SQL\*Loader-(?!704|2026)\d{3,4}: .*)"),
    ErrorRule(
        "slurm",
        ("slurmstepd", "srun", "sbatch", "salloc"),
        r"(?P<told>(?:slurmstepd|srun|sbatch|salloc)(?:-\w+)?: error: .*"
        r"(?:CANCELLED AT .* DUE TO .*|oom.kill.*|[Ee]xceeded .*limit.*|Batch job submission failed.*))",
    ),
    ErrorRule(
        "out of memory",
        ("outofmemory", "cannot allocate", "oom", "memory: kill", "by yarn", "memoryerror", "heap", "beyond"),
        r"(?P<told>\b(?:java\.lang\.)?OutOfMemoryError\b.*|\bCannot allocate memory\b.*|\boom[-_]kill.*"
        r"|Out of memory: Kill.*|Container killed by YARN for exceeding .*|\bMemoryError\b.*"
        r"|FATAL ERROR: .*(?:Allocation failed|heap out of memory).*"
        r"|is running (?:\d+B )?beyond (?:the )?.{0,40}memory limit.*)",
    ),
    ErrorRule(
        "disk",
        ("no space", "disk quota"),
        rf"(?P<told>{_PROGRAM}"
        r"(?:[^\s:]+: ){0,4}(?:No space left on device|Disk quota exceeded)\b.*)",
    ),
    ErrorRule(
        "database code",
        (", level ", "error ", "sql", "failure "),
        r"\b(?P<told>(?:SQL\d{4,5}N\b|Msg \d+, Level (?:1[1-9]|2\d)|ERROR \d{4} \(\w{5}\)).*"
        r"|(?<=\*\*\* )Failure \d{4} .*)",
    ),
    ErrorRule(
        "database",
        ("sqlstate",),
        r"(?P<told>(?:[\w.$]*(?:SQL\w*Exception|DatabaseError|OperationalError|ProgrammingError)\b.*?)?"
        r"\bSQLSTATE\b.*)",
    ),
    ErrorRule(
        "dbt",
        ("error in", "failure in"),
        r"(?P<told>\b(?:Database|Compilation|Runtime|Parsing|Dependency) Error in \w+ .*|Failure in test .*)",
        is_first=True,
    ),
    ErrorRule(
        "cause",
        ("caused by",),
        rf"^\s*Caused by: (?P<told>(?:{_NAMED}\b.*))",
    ),
    ErrorRule("inner exception", ("-> ",), rf"^\s*-+> (?P<told>{_NAMED}: .*)", is_beside=True),
    ErrorRule(
        "cause in words",
        ("caused by",),
        r"^\s*Caused by: (?P<told>\S.*)",
        is_beside=True,
    ),
    ErrorRule("traceback", ("\x00",), r"^\x00(?P<told>.*)", is_beside=True),
    ErrorRule("spark", ("job aborted",), r"(?P<told>Job aborted due to stage failure\b.*)", is_beside=True),
    ErrorRule("Go panic", ("panic",), r"^(?P<told>panic: .*|thread '.*' panicked at .*)", is_beside=True),
    ErrorRule(
        "exception in thread",
        ("exception in thread",),
        rf"Exception in thread \"[^\"]*\" (?P<told>{_NAMED}\b.*)",
        is_beside=True,
    ),
    ErrorRule(
        "exception",
        _NAME_WORDS,
        rf"^ {{0,2}}(?:Error: |Uncaught |Unhandled exception\. |: )?(?P<told>{_NAMED}: \S.*|{_BARE_NAME}$)",
        is_beside=True,
    ),
    ErrorRule(
        "Ruby",
        ("error)", "exception)"),
        r"^\S+:\d+:in .*?: (?P<told>\S.* \(\w+(?:Error|Exception)\))$",
        is_beside=True,
    ),
    ErrorRule("BMC", ("bco_etl",), r"(?P<told>\bBCO_ETL_(?:FAIL|ERR)\d{3}\b.*)"),
    ErrorRule(
        "postgres",
        ("error:  ", "fatal:  ", "panic:  "),
        r"\b(?:FATAL|PANIC|ERROR): {2}(?P<told>[a-z\"].*)",
        is_first=True,
    ),
    ErrorRule("exception in a line", _NAME_WORDS, rf"(?<![\w.$/])(?P<told>{_NAMED}: \S.*)"),
    ErrorRule("talend", ("[fatal]",), r"^\[FATAL\]: \S+ - (?P<told>.*)"),
    ErrorRule(
        "informatica",
        ("error", "fatal", "severe"),
        r"^(?:ERROR|FATAL|SEVERE)\b.*?\b(?P<told>(?!TM_6085|TM_6020)[A-Z]{2,7}_\d{3,6}(?: :)? .*)",
        is_first=True,
    ),
    ErrorRule(
        "compiler",
        ("error: ",),
        r"^(?:[\w./+-]+:\d+(?::\d+)?: (?:fatal )?error: (?P<told>\S.*))",
        is_first=True,
    ),
    ErrorRule(
        "program",
        ("error: ", "fatal: "),
        r"^(?P<told>(?!error|fatal)[a-z][\w./+-]*: (?:fatal )?(?:error|fatal): \S.*)",
        is_first=True,
        is_beside=True,
    ),
    ErrorRule(
        "shell",
        (
            "not found",
            "no such",
            "denied",
            "directory",
            "too long",
            "cannot exec",
            "unbound",
            "bad sub",
            "syntax",
        ),
        r"(?P<told>(?:\S+: )?(?:line \d+: )?\S[^:]*: (?:command not found|not found|No such file or directory"
        r"|Permission denied|Is a directory|Argument list too long|cannot execute.*|unbound variable"
        r"|bad substitution|syntax error.*))\s*$",
    ),
    ErrorRule("file", ("not found",), r"(?P<told>\b(?:[Ff]ile|[Dd]irectory|[Pp]ath) (?:was )?not found\b.*)"),
    ErrorRule(
        "network",
        (
            "refused",
            "reset",
            "timed out",
            "closed by",
            "not known",
            "resolve",
            "no route",
            "unreachable",
            "key verif",
            "ssl",
            "no such host",
        ),
        rf"(?P<told>{_PROGRAM}"
        r"(?:[\w./@-]+: ){0,3}"
        r"(?i:Connection (?:refused|reset|timed out)|Connection closed by \S+"
        r"|Name or service not known|Could not resolve host|No route to host|Network is unreachable"
        r"|Host key verification failed|SSL certificate problem|no such host)\b.*)",
    ),
    ErrorRule(
        "access",
        ("denied", "authentication f", "login failed"),
        rf"(?P<told>{_PROGRAM}"
        r"(?i:(?:access|permission) (?:is )?denied"
        r"|authentication failed|login failed)\b.*)",
    ),
    ErrorRule(
        "crash",
        ("segmentation", "bus error", "killed", "aborted"),
        r"(?P<told>(?:\S+: line \d+: +\d+ +)?(?:Segmentation fault|Bus error|Killed|Aborted)"
        r"(?: \(core dumped\))?)(?:\s|$)",
    ),
    ErrorRule(
        "JSON",
        ("level", "severity", "@l"),
        r"^\{(?=.{0,400}\"(?:level|severity|levelname|log\.level|@l)\": ?\"(?i:error|fatal|critical|panic)\")"
        r".*?\"(?:msg|message|event|@m)\": ?\"(?P<told>(?:[^\"\\]|\\.)+)",
        is_first=True,
    ),
    ErrorRule(
        "logfmt",
        ("level=",),
        r"\blevel=(?:error|fatal|panic)\b.*?\bmsg=\"?(?P<told>(?<=\")[^\"]+|\S.*)",
        is_first=True,
    ),
    ErrorRule(
        "fatal",
        ("fatal", "severe", "critical", "panic"),
        r"\b(?:FATAL|SEVERE|CRITICAL|PANIC|fatal|Fatal)\b[\]\s:|-]*(?P<told>(?!error occurred\. Term)\S.*)",
        is_first=True,
    ),
    ErrorRule(
        "error",
        ("error", "err]"),
        r"(?:(?<![\w=])(?:ERROR|ERR|Error)\b|^\s*error\b|\berror(?=: ))"
        r"[\]\s:|-]+(?P<told>(?![=:]|0\b|\d+\s*$)\S.*)",
        is_first=True,
    ),
    ErrorRule(
        "failure",
        ("failed to", "failure:", "failed:", "cannot", "can't", "could not", "unable to"),
        r"(?P<told>(?:^(?:The|This|Your|It) (?:\w+ ){1,3})?"
        r"(?i:\b(?:failed to|failure:|failed:(?! ?\d)|cannot|can't|could not|unable to) \S.*))",
        is_first=True,
    ),
    ErrorRule(
        "exit code",
        ("exit", "return code"),
        r"(?P<told>(?i:\b(?:exit(?:ed)?(?: with)?(?: code| status)?|return code)"
        r"[ :=]{1,3}(?!0\b)-?\d{1,5}\b.*))",
        is_summary=True,
    ),
    ErrorRule(
        "warning", ("warn",), r"\bWARN(?:ING)?\b[\]\s:|-]+(?P<told>\S.*)", is_first=True, is_warning=True
    ),
    ErrorRule(
        "rejected",
        ("rejected", "dropped", "skipped", "fail"),
        r"(?P<told>\b[1-9][\d.,]* (?:\w+ )?(?:rows? |records? )?(?:rejected|dropped|skipped|failed)\b.*)",
        is_warning=True,
    ),
)
"""The rules, the most telling first."""

RULES_VERSION = 3
"""Grows with every change of the rules: what older ones found is looked for again."""

SUSPECT: tuple[str, ...] = (
    *("error", "err]", "exception", "fail", "fatal", "severe", "critical", "panic", "abort", "kill", "exit"),
    *("not found", "no such", "no space", "denied", "unbound", "too long", "cannot", "could not"),
    "unable to",
    *("refused", "connection reset", "timed out", "closed by", "no route", "unreachable", "certificate"),
    *("segmentation fault", "ora-", "tns-", "sqlstate", ", level ", "traceback"),
    *("disk quota", "is a directory", "not known", "bad sub"),
)
"""Words of which a line must have one to be worth any rule: nearly every line of a log has none. Each costs
time for every line, so what comes with one of them in any case is left out."""

SUSPECT_WARNINGS: tuple[str, ...] = ("warn", "rejected", "dropped", "skipped")
"""The same, where warnings are looked for as well."""

EMPTY_MESSAGE = (
    r"(?i:(?:(?:task|step|element) [\w.\[\]-]{1,100}[\s:]+)?"
    r"(?:the )?(?:job|run|task|session|execution|process|command|flow|instance|step|it)?[\s:]*"
    r"(?:has |was |is |ended |finished |completed |terminated )*(?:with |in )?(?:an? |the )?"
    r"(?:failed|failure|failing|errors?|ko|killed|aborted|terminated|unknown(?: error)?|unsuccessful(?:ly)?"
    r"|warnings?|see (?:the )?logs?|(?:exit(?:ed)?|return(?:ed)?|status|code|rc|error)"
    r"(?:[\s:=]*(?:with|code|status|is))*[\s:=]*-?\d+)?"
    r"(?:[\s:=(]*(?:with )?(?:(?:exit|return|error|status) )?(?:code|status)[\s:=]*-?\d+\)?)?"
    r"(?:,? in (?:(?:step|task|job) )?[\w.-]+)?(?: \(try \d+ of \d+\))?[\s.!]*)"
)
"""A message of the system that says nothing but that the run failed, and in which step at most."""
