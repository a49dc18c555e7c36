"""Which lines of a log tell why a run failed, as ranked rules: data alone.

The first rule that a line fits is the line's. Of all lines the one counts whose rule stands first in the list;
rules that stand beside each other share a rank. Of several lines of a rank the last one counts, for a run that
tried again failed of its last error, and of a chain of causes the innermost one is told last. Where the first of
several is the cause and the others only follow from it, the rule says so.

What was survived counts less: a line whose level is a warning, and what stands shortly before a line that says
that it is tried again. What follows from a failure counts least, and noise not at all.
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

_NAME_WORDS = ("exception", "error", "fail")

_NAMED = rf"{_NAME}(?: \(\w+\)| \[\w+\])?"
"""The same, with the number that .NET and Node tell."""

_BARE_NAME = r"(?:[a-z_$][\w$]*\.)+[A-Z][\w$]*(?:Exception|Error)"
"""The whole name of a Java error that has no message."""

RULES: tuple[ErrorRule, ...] = (
    ErrorRule(
        "oracle",
        ("ora-", "tns-", "error", "fail", "not found"),
        r"\b(?P<told>(?!ORA-06512|ORA-00604|ORA-04088|ORA-06550|RMAN-00569|RMAN-00571|RMAN-03002)"
        r"(?:ORA|TNS|RMAN|KUP)-\d{4,5}\b.*)",
    ),
    ErrorRule("sqlldr", ("error", "unable to", "cannot"), r"(?P<told>SQL\*Loader-(?!704|2026)\d{3,4}: .*)"),
    ErrorRule(
        "out of memory",
        ("error", "cannot", "kill"),
        r"(?P<told>\b(?:java\.lang\.)?OutOfMemoryError\b.*|\bCannot allocate memory\b.*|\boom[-_]kill.*"
        r"|Out of memory: Kill.*|Container killed by YARN for exceeding .*|\bMemoryError\b.*"
        r"|FATAL ERROR: .*(?:Allocation failed|heap out of memory).*"
        r"|is running (?:\d+B )?beyond (?:the )?.{0,40}memory limit.*)",
    ),
    ErrorRule(
        "disk",
        ("no space", "cannot", "fail", "error"),
        r"(?P<told>(?:[^\s:]+: ){0,4}(?:No space left on device|Disk quota exceeded)\b.*)",
    ),
    ErrorRule(
        "slurm",
        ("error:",),
        r"(?P<told>(?:slurmstepd|srun|sbatch|salloc)(?:-\w+)?: error: .*"
        r"(?:CANCELLED AT .* DUE TO .*|oom.kill.*|[Ee]xceeded .*limit.*|Batch job submission failed.*))",
    ),
    ErrorRule(
        "database",
        ("sqlstate",),
        r"(?P<told>(?:[\w.$]*(?:SQL\w*Exception|DatabaseError|OperationalError|ProgrammingError)\b.*?)?"
        r"\bSQLSTATE\b.*)",
    ),
    ErrorRule(
        "database code",
        (", level ", "error", "sqlstate"),
        r"\b(?P<told>(?:SQL\d{4,5}N\b|Msg \d+, Level (?:1[1-9]|2\d)|ERROR \d{4} \(\w{5}\)).*)",
    ),
    ErrorRule(
        "dbt",
        ("error",),
        r"(?P<told>\b(?:Database|Compilation|Runtime|Parsing|Dependency) Error in \w+ .*)",
        is_first=True,
    ),
    ErrorRule(
        "cause",
        ("exception", "error", "fail", "cannot", "could not", "unable to", "ora-"),
        rf"^\s*Caused by: (?P<told>(?:{_NAMED}\b.*))",
    ),
    ErrorRule("inner exception", _NAME_WORDS, rf"^\s*-+> (?P<told>{_NAMED}: .*)", is_beside=True),
    ErrorRule(
        "cause in words",
        ("exception", "error", "fail", "cannot", "could not", "unable to", "ora-"),
        r"^\s*Caused by: (?P<told>\S.*)",
        is_beside=True,
    ),
    ErrorRule("traceback", ("\x00",), r"^\x00(?P<told>.*)", is_beside=True),
    ErrorRule("spark", ("abort",), r"(?P<told>Job aborted due to stage failure\b.*)", is_beside=True),
    ErrorRule("Go panic", ("panic",), r"^(?P<told>panic: .*)", is_beside=True),
    ErrorRule(
        "exception in thread",
        _NAME_WORDS,
        rf"Exception in thread \"[^\"]*\" (?P<told>{_NAMED}\b.*)",
        is_beside=True,
    ),
    ErrorRule(
        "exception",
        _NAME_WORDS,
        rf"^ {{0,2}}(?:Error: |Uncaught |Unhandled exception\. |: )?(?P<told>{_NAMED}: \S.*|{_BARE_NAME}$)",
        is_beside=True,
    ),
    ErrorRule("BMC", ("fail", "error"), r"(?P<told>\bBCO_ETL_(?:FAIL|ERR)\d{3}\b.*)"),
    ErrorRule(
        "postgres",
        ("error", "fatal", "panic"),
        r"\b(?:FATAL|PANIC|ERROR): {1,2}(?P<told>[a-z\"].*)",
        is_first=True,
    ),
    ErrorRule("exception in a line", _NAME_WORDS, rf"(?<![\w.$/])(?P<told>{_NAMED}: \S.*)"),
    ErrorRule("talend", ("fatal",), r"^\[FATAL\]: \S+ - (?P<told>.*)"),
    ErrorRule(
        "informatica",
        ("error", "fatal", "severe"),
        r"^(?:ERROR|FATAL|SEVERE)\b.*?\b(?P<told>(?!TM_6085|TM_6020)[A-Z]{2,7}_\d{3,6}(?: :)? .*)",
        is_first=True,
    ),
    ErrorRule(
        "shell",
        ("not found", "no such", "denied", "is a directory", "too long", "cannot", "unbound", "error"),
        r"(?P<told>(?:\S+: )?(?:line \d+: )?\S[^:]*: (?:command not found|not found|No such file or directory"
        r"|Permission denied|Is a directory|Argument list too long|cannot execute.*|unbound variable"
        r"|bad substitution|syntax error.*))\s*$",
    ),
    ErrorRule("file", ("not found",), r"(?P<told>\b(?:[Ff]ile|[Dd]irectory|[Pp]ath) (?:was )?not found\b.*)"),
    ErrorRule(
        "network",
        (
            "refused",
            "connection reset",
            "timed out",
            "closed by",
            "could not",
            "fail",
            "no route",
            "unreachable",
            "error",
            "certificate",
            "no such",
        ),
        r"(?P<told>(?:[\w./@-]+: ){0,3}(?i:Connection (?:refused|reset|timed out)|Connection closed by \S+"
        r"|Name or service not known|Could not resolve host|No route to host|Network is unreachable"
        r"|Host key verification failed|SSL certificate problem|no such host)\b.*)",
    ),
    ErrorRule(
        "access",
        ("denied", "fail"),
        r"(?P<told>(?i:(?:access|permission) (?:is )?denied|authentication failed|login failed)\b.*)",
    ),
    ErrorRule(
        "crash",
        ("kill", "abort", "segmentation fault", "error"),
        r"(?P<told>(?:\S+: line \d+: +\d+ +)?(?:Segmentation fault|Bus error|Killed|Aborted)"
        r"(?: \(core dumped\))?)(?:\s|$)",
    ),
    ErrorRule(
        "JSON",
        ("error", "fatal", "critical", "panic"),
        r"^\{(?=.{0,400}\"(?:level|severity|levelname|log\.level|@l)\": ?\"(?i:error|fatal|critical|panic)\")"
        r".*?\"(?:msg|message|event|@m)\": ?\"(?P<told>(?:[^\"\\]|\\.)+)",
        is_first=True,
    ),
    ErrorRule(
        "logfmt",
        ("level=error", "level=fatal", "level=panic"),
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
        r"(?:(?<![\w=])(?:ERROR|ERR|Error)\b|^\s*error\b)[\]\s:|-]+(?P<told>(?![=:]|\d+\b(?!: ))\S.*)",
        is_first=True,
    ),
    ErrorRule(
        "failure",
        ("fail", "cannot", "can't", "could not", "unable to"),
        r"(?P<told>(?i:\b(?:failed to|failure:|cannot|can't|could not|unable to) \S.*))",
        is_first=True,
    ),
    ErrorRule(
        "exit code",
        ("exit",),
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

RULES_VERSION = 2
"""Grows with every change of the rules: what older ones found is looked for again."""

NOISE: tuple[str, ...] = (
    r"(?i:\b(?:no|0|without|zero) (?:\w+ )?(?:errors?|failures?|exceptions?|warnings?)\b)",
    r"(?i:\b(?:errors?|failures?|failed|rejected|error[_ ]?count|errorcode)\b[\"']? ?[=:] ?\"?0\b(?!\.))",
    r"(?i:\blog4j[:2]|StatusLogger|SLF4J:)",
    r"Py4JJavaError: An error occurred while calling",
    r"(?i:deprecat(?:ed|ion))",
    r"(?i:error ?handler (?:initiali[sz]ed|registered|set|installed))",
    r"NativeCodeLoader|metrics\.MetricsSystem",
    r"\bcurrent transaction is aborted\b",
    r"^\s*at [\w.$<>/]+\(",
    r"\b(?:on|stop)[-_ ]?(?:on[-_ ]?)?(?:error|failure)[\"']? ?[=:] ?[\"']?(?i:true|false|stop|continue|rollback)",
    r"(?i:\bwhenever (?:sqlerror|oserror)\b)",
    r"^\+{1,4} ",
    r"Exit status: [1-9]\d*\. Diagnostics: ",
    r"\bTM_6085\b|\bTM_6020\b",
)
"""Lines that never count, whatever words they have."""

AFTERMATH: tuple[str, ...] = (
    # A connection that the other side had to drop, and what goes wrong while things are put away.
    r"(?i:\b(?:broken pipe|stream (?:is )?closed|socket (?:is )?closed|channel (?:was )?closed)\b)",
    r"(?i:\b(?:while|when|during|on|in) (?:the )?(?:stopping|closing|shutting down|shutdown|clos(?:e|ing)|cleanup"
    r"|clean(?:ing)? up|rollback|rolling back|teardown|disconnect(?:ing)?)\b)",
    r"(?i:\bshutdown[- ]?hook\b|\b(?:failed|unable|could not|cannot) (?:to )?(?:roll ?back|clean ?up|close|stop|delete"
    r"|remove|release|unlock|disconnect|shut ?down|send (?:the )?(?:mail|notification|e-?mail|alert))\b)",
    r"(?i:\brollback (?:has )?failed\b|\bconnection (?:is |was )?(?:already )?closed\b(?! by \S+ port)"
    r"|SparkContext was shut ?down|after (?:the )?(?:executor|pool|context|scheduler) (?:was |has been )?"
    r"(?:shut ?down|stopped))",
    r"(?i:\bcannot (?:be used|run) after|RejectedExecutionException|already (?:been )?(?:closed|shut ?down|stopped)\b)",
    r"\btPostjob_\d|\bttPostjob|\btDie_\d|\btLogCatcher_\d|\btSendMail_\d",
    r"(?i:executor (?:lost|\d+ lost|\S+ lost)|Lost executor|ExecutorLostFailure|SIGTERM|RECEIVED SIGNAL"
    r"|TransportChannelHandler|ConnectionPool.{0,40}shut)",
    # What says once more that a step, a task or a job has failed.
    r"(?i:\bMarking (?:the )?(?:task|run|job) as\b|\bUP_FOR_RETRY\b|\bTask failed with exception\b"
    r"|\bFailed to execute (?:job|task) \S+ (?:for task|\()|Dag run .* failed|DagRun .* failed)",
    r"(?i:command (?:failed|exited|returned)\b.{0,60}(?:exit|return|status)[ -]?(?:code|status)?\b"
    r"|returned (?:a )?non-?zero exit (?:code|status)|CalledProcessError)",
    r"(?i:(?:exit(?:ed)?(?: with)?(?: code| status)?|return code|rc)[ :=]{1,3}-?[1-9]\d{0,4}\b\)?\.?$)",
    r"(?i:\bApplication application_\S+ (?:finished with failed|failed \d+ times)|Application report for"
    r"|failed with state (?:FAILED|KILLED)|Job not successful|finalStatus|final status)",
    r"(?i:\b(?:job|task|step|session|workflow|flow|pipeline|run|stage|mapping|process|load|export|import|application"
    r"|taskflow|instance|query|build|script|vertex|dag|node)\b(?: \S+){0,2} (?:has )?(?:failed|aborted)[.!]?$)",
    r"(?i:\b(?:job|task|step|session|workflow|flow|pipeline|run|mapping|process|taskflow)\b.{0,40}"
    r"\b(?:ended|finished|completed|terminated|exited)\b.{0,20}\b(?:with|in|as)\b.{0,12}(?:errors?|failures?|failed|ko)\b)",
    r"(?i:\b(?:see|check|consult|refer to) (?:the |above |log|previous ).{0,40}\b(?:logs?|errors?|details?|above)\b)",
    r"(?i:previous (?:command|step|task|error)|due to (?:an? )?(?:earlier|previous|upstream)|upstream_failed"
    r"|skipp(?:ed|ing) (?:because|due))",
    r"(?i:\bExceptionGroup: unhandled errors|srun: (?:error: .*: task|Job step aborted|Force Terminated|Terminating)"
    r"|(?:STEP|JOB) [\d.]+ ON \S+ CANCELLED AT \S+ \*\*\*)",
    r"(?i:\bnpm (?:ERR!|error)|^make(?:\[\d+\])?: \*\*\*|ELIFECYCLE|^error Command failed)",
    r"\bConnection to \S+ closed|\bErrors? in total\b|^Error: Process completed with",
    r"org\.apache\.spark\.SparkException: Job aborted\.?$|ERROR Client: Application diagnostics",
    r"Recovery is suppressed by|Task process exit with nonzero|NonZeroExitCode|ExitCodeException",
)
"""Lines that follow from a failure or say it once more: they count only where nothing else tells anything."""

TEARDOWN: tuple[str, ...] = (
    r"(?i:\bshutdown hook\b|\bInvoking stop\(\)|\bshutting down\b|\bSparkContext is stopping\b|\bstopping (?:the )?"
    r"(?:server|workers?|services?|context|engine|executors?|all)\b)",
    r"(?i:\brolling back\b|\brollback (?:started|begins)\b|\bstarting rollback\b|\bclean(?:ing)? ?up (?:after|started|begins)"
    r"|\baborting (?:the )?(?:job|load|session|run|remaining))",
    r"\btPostjob_\d\b|\bon_failure_callback\b",
)
"""Lines after which, shortly behind an error, what goes wrong only follows from it."""

RETRIED: tuple[str, ...] = (
    r"(?i:\b(?:re-?try(?:ing)?|trying again|will (?:be )?retr(?:y|ied)|re-?connecting|will reconnect)\b(?!.{0,30}"
    r"\b(?:exhausted|exceeded|failed|limit reached)\b)(?! ?[=:] ?\d)(?!_))",
    r"(?i:\b(?:waiting|sleeping|backing off|next (?:try|attempt)|try once more|tries? once more|trying once more)\b"
    r".{0,40}\b(?:\d+ ?(?:s|sec|seconds|ms|min|minutes)?|again|once more)\b)",
    r"(?i:\b(?:continuing|continue anyway|carrying on|proceeding (?:anyway|without)|ignored|ignoring|falling back"
    r"|fallback|using (?:the )?default|recovered|non-?fatal|can be ignored)\b)",
    r"(?i:\b(?:attempt|try) (?:#|no\.? ?)?(?P<tried>\d+) ?(?:of|/) ?(?!(?P=tried)\b)\d+\b)",
)
"""Lines that say of what stands before them, or of themselves, that it was not the end."""

GIVEN_UP: tuple[str, ...] = (
    r"(?i:\b(?:giving up|gave up|no more (?:retries|attempts|tries)|(?:retries|attempts|tries|retry count|retry limit)"
    r" (?:are |were |is |was |have been |has been )?(?:exhausted|exceeded|used up|reached)"
    r"|exhausted (?:all )?(?:retries|attempts)|max(?:imum)?(?: number of)? (?:retries|attempts|retry).{0,20}"
    r"(?:exceeded|reached|exhausted)|failed after \d+ (?:attempts|retries|tries)|after \d+ (?:attempts|retries|tries)"
    r"|all \d+ (?:attempts|retries|tries) failed|out of (?:retries|attempts))\b)",
)
"""Lines that say that what was tried again came to nothing: then it was the end after all."""

BEGUN_ANEW: tuple[str, ...] = (
    r"(?i:\b(?:starting|begin(?:ning)?|running) (?:task )?(?:attempt|try) #?(?:[2-9]|1\d)\b"
    r"|^(?:-{3,} ?|={3,} ?|#{2,} ?)?(?:attempt|try) #?(?:[2-9]|1\d)\b|\bStarting attempt (?:[2-9]|1\d) of \d+)",
)
"""Lines with which a run that had failed begins again: what went before was survived."""

ENDED_WELL: tuple[str, ...] = (
    r"(?i:\bMarking task as SUCCESS\b|\bended with exit code ?[=:]? ?0\b|\bJob ENDED SUCCESSFULLY\b)",
    r"(?i:^(?:\w+ +)?(?:process |job |script |program )?exit(?:ed)?(?: with)?(?: code| status)?[ :=]{1,3}0\.?$"
    r"|\breturn code 0$|^INFO +exit code: 0)",
    r"(?i:\bfinal status: SUCCEEDED\b|\bcompleted successfully in\b|\bJob job_\w+ completed successfully\b"
    r"|\bended with status (?:COMPLETED|SUCCESS))",
    r"\bTM_6022\b|^Completed successfully$|\bSession run completed successfully\b",
)
"""Lines with which a whole run ends well: nothing that stands before them was the end."""

LEVEL = (
    r"\b(?:(?:ERROR|FATAL|SEVERE|CRITICAL|Error|Exception|INFO|DEBUG)\b|(?P<quiet>(?:WARN|WARNING|WRN|W)\b(?=[\]\s:|)-])"
    r"|[Ww]arning: )|\"(?:level|severity|levelname)\": ?\"(?:(?P<quiet_json>(?i:warn))|\w)|level=(?P<quiet_fmt>(?i:warn))?)"
)
"""The level of a line where it begins; a group for those that say themselves that they are warnings."""

WRAPPERS: tuple[str, ...] = (
    r"\[\d{4}-\d\d-\d\d[T, ]{1,2}\d\d:\d\d:\d\d[^\]]{0,20}\] \{[^}]{1,80}\} [A-Z]{4,8} - ",
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z? (?:stdout|stderr) [FP] ",
    r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S{1,80} [\w./-]{1,40}(?:\[\d+\])?: ",
    r"\s{0,8}\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?\]? ?",
    r"\[?\d\d/\d\d/\d\d(?:\d\d)? \d\d:\d\d:\d\d(?:[.,]\d+)?\]? ",
    r"\[?\d\d:\d\d:\d\d(?:[.,]\d+)?\]? ",
    r" {2,12}[|+] (?! *\^)",
    r"(?:\w[\w.-]{0,60} *\| )",
)
"""What programs put before each line of another program's output; what is left tells by itself."""

TURNING: tuple[str, ...] = ("attempt", " try ", "success", "status", "tm_6022")
"""Words of lines that may change what all errors before them are worth: a new attempt, a good end."""

TURNING_SHORTLY: tuple[str, ...] = (
    *(
        "retr",
        "re-try",
        "trying",
        "once more",
        "again",
        "reconnect",
        "waiting",
        "sleeping",
        "backing",
        "next ",
    ),
    *(
        "continu",
        "carrying",
        "proceed",
        "ignor",
        "fall",
        "default",
        "recover",
        "non-fatal",
        "gave up",
        "giving up",
    ),
    *("attempts", "tries", "shutdown", "shutting", "stop", "roll", "clean", "tpostjob", "on_failure"),
)
"""Words of lines that may change what the errors shortly before them are worth."""

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
