"""Which lines of a log tell why a run failed, as ranked rules: data alone.

The first rule of the list that any line fits wins. Most take the last such line, for a run that tried again
failed of its last error; where the first of several is the cause and the others only follow from it, the rule
says so.
"""

from __future__ import annotations

from typing import NamedTuple


class ErrorRule(NamedTuple):
    """One way in which logs tell of errors."""

    id: str
    """Its name, kept beside what it found."""
    pattern: str
    """A regular expression; the group `told` is the message, else all from where it fits."""
    is_first: bool = False
    """Whether the first fitting line counts instead of the last."""
    is_warning: bool = False
    """Whether it tells only why a run ended with a warning."""


_NAME = r"(?:[A-Za-z_$][\w$]*\.)*[A-Za-z_$][\w$]*(?:Exception|Error|Failure|Fault|Interrupt)"
"""The name of a Java or Python error."""

RULES: tuple[ErrorRule, ...] = (
    ErrorRule(
        "oracle",
        r"\b(?P<told>(?!ORA-06512|ORA-00604|ORA-04088)(?:ORA|TNS|PLS|RMAN|KUP|IMP|EXP|SP2)-\d{4,5}\b.*)",
    ),
    ErrorRule(
        "out of memory",
        r"\b(?P<told>(?:java\.lang\.)?OutOfMemoryError\b.*|Cannot allocate memory\b.*|oom[-_]kill.*"
        r"|Out of memory: Kill.*|Container killed by YARN for exceeding .*|MemoryError\b.*)",
    ),
    ErrorRule("disk", r"(?P<told>(?:[^\s:]+: ){0,4}(?:No space left on device|Disk quota exceeded)\b.*)"),
    ErrorRule(
        "slurm",
        r"(?P<told>(?:slurmstepd|srun|sbatch): error: .*"
        r"(?:CANCELLED AT .* DUE TO .*|oom.kill.*|Exceeded .* limit.*))",
    ),
    ErrorRule(
        "database",
        r"(?P<told>(?:[\w.$]*(?:SQL\w*Exception|DatabaseError|OperationalError|ProgrammingError)\b.*?)?"
        r"\bSQLSTATE\b.*)",
    ),
    ErrorRule("database code", r"\b(?P<told>(?:SQL\d{4,5}N\b|Msg \d+, Level \d+|ERROR \d{4} \(\w{5}\)).*)"),
    ErrorRule("spark", r"(?P<told>Job aborted due to stage failure\b.*)"),
    ErrorRule("cause", rf"^\s*Caused by: (?P<told>{_NAME}\b.*)"),
    ErrorRule("cause in words", r"^\s*Caused by: (?P<told>\S.*)"),
    ErrorRule("traceback", r"^\x00(?P<told>.*)"),
    ErrorRule("Go panic", r"^(?P<told>panic: .*)"),
    ErrorRule("postgres", r"\b(?:FATAL|PANIC|ERROR): {1,2}(?P<told>[a-z\"].*)", is_first=True),
    ErrorRule("exception in thread", rf"Exception in thread \"[^\"]*\" (?P<told>{_NAME}\b.*)"),
    ErrorRule("exception", rf"^(?P<told>{_NAME}: \S.*)"),
    ErrorRule("exception in a line", rf"(?<![\w.$])(?P<told>{_NAME}: \S.*)"),
    ErrorRule("talend", r"^\[FATAL\]: \S+ - (?P<told>.*)"),
    ErrorRule(
        "informatica",
        r"^(?:ERROR|FATAL|SEVERE)\s*: \[[^\]]*\] : (?!TM_6085)(?P<told>[A-Z]{2,5}_\d{3,5} : .*)",
        is_first=True,
    ),
    ErrorRule(
        "shell",
        r"(?P<told>(?:\S+: )?(?:line \d+: )?\S[^:]*: (?:command not found|not found|No such file or directory"
        r"|Permission denied|Is a directory|Argument list too long|cannot execute.*|unbound variable))\s*$",
    ),
    ErrorRule("file", r"(?P<told>\b(?:[Ff]ile|[Dd]irectory|[Pp]ath) (?:was )?not found\b.*)"),
    ErrorRule(
        "network",
        r"(?P<told>(?:[\w./@-]+: ){0,3}(?:Connection (?:refused|reset|timed out)|Connection closed by \S+"
        r"|Name or service not known|Could not resolve host|No route to host|Network is unreachable"
        r"|Host key verification failed|SSL certificate problem)\b.*)",
    ),
    ErrorRule(
        "access",
        r"(?P<told>(?i:(?:access|permission) (?:is )?denied|authentication failed|login failed)\b.*)",
    ),
    ErrorRule(
        "crash",
        r"(?P<told>(?:\S+: line \d+: +\d+ +)?(?:Segmentation fault|Bus error|Killed|Aborted)"
        r"(?: \(core dumped\))?)(?:\s|$)",
    ),
    ErrorRule(
        "fatal",
        r"\b(?:FATAL|SEVERE|CRITICAL|PANIC|fatal|Fatal)\b[\]\s:|-]*(?P<told>(?!error occurred\. Term)\S.*)",
        is_first=True,
    ),
    ErrorRule(
        "error",
        r"(?:\b(?:ERROR|ERR|Error)\b|^\s*error\b)[\]\s:|-]+"
        r"(?P<told>(?!in the job|ended|occurred\.?$|TM_6085)\S.*)",
        is_first=True,
    ),
    ErrorRule(
        "failure",
        r"(?P<told>(?i:\b(?:failed to|failure:|cannot|can't|could not|unable to) \S.*))",
        is_first=True,
    ),
    ErrorRule(
        "exit code",
        r"(?P<told>(?i:\b(?:exit(?:ed)?(?: with)?(?: code| status)?|return code)"
        r"[ :=]{1,3}(?!0\b)-?\d{1,5}\b.*))",
    ),
    ErrorRule("warning", r"\bWARN(?:ING)?\b[\]\s:|-]+(?P<told>\S.*)", is_first=True, is_warning=True),
    ErrorRule(
        "rejected",
        r"(?P<told>\b[1-9][\d.,]* (?:\w+ )?(?:rows? |records? )?(?:rejected|dropped|skipped|failed)\b.*)",
        is_warning=True,
    ),
)
"""The rules, the most telling first."""

RULES_VERSION = 1
"""Grows with every change of the rules: what older ones found is looked for again."""

SUSPECT = (
    *("err", "exception", "fatal", "severe", "critical", "panic", "fail", "fault", "caused by", "traceback"),
    *("denied", "refused", "reset", "timed out", "unreachable", "not known", "no route", "certificate"),
    *("not found", "no such", "no space", "quota", "unbound", "memory", "oom", "too long", "a directory"),
    *("kill", "abort", "cancel", "interrupt", "exit", "return code", "connection closed", "resolve"),
    *("unable", "cannot", "can't", "could not", "warn", "reject", "dropped", "skipped"),
    *("ora-", "tns-", "pls-", "rman-", "kup-", "imp-", "exp-", "sp2-", "sql", "msg "),
)
"""Words of which a line must have one to be worth the rules: nearly every line of a log has none."""

EMPTY_MESSAGE = (
    r"(?i:(?:the )?(?:job|run|task|session|execution|process|command|flow|instance|step|it)?[\s:]*"
    r"(?:has |was |is |ended |finished |completed |terminated )*(?:with |in )?(?:an? |the )?"
    r"(?:failed|failure|failing|errors?|ko|killed|aborted|terminated|unknown(?: error)?|unsuccessful(?:ly)?"
    r"|warnings?|see (?:the )?logs?|(?:exit(?:ed)?|return(?:ed)?|status|code|rc|error)"
    r"(?:[\s:=]*(?:with|code|status|is))*[\s:=]*-?\d+)?"
    r"(?:[\s:=(]*(?:with )?(?:(?:exit|return|error|status) )?(?:code|status)[\s:=]*-?\d+\)?)?"
    r"(?:,? in (?:(?:step|task|job) )?[\w.-]+)?[\s.!]*)"
)
"""A message of the system that says nothing but that the run failed, and in which step at most."""
