"""What makes a line that tells of an error count less, or not at all, as patterns: data beside the rules."""

from __future__ import annotations

NOISE: tuple[str, ...] = (
    r"\b(?:no|0|without|zero) (?:\w+ )?(?:errors?|failures?|exceptions?|warnings?)\b",
    r"\b(?:errors?|failures?|failed|rejected|error[_ ]?count|errorcode)\b[\"']? ?[=:] ?\"?0\b(?!\.)",
    r"\blog4j[:2]|StatusLogger|SLF4J:|NativeCodeLoader|metrics\.MetricsSystem",
    r"\bdeprecat(?:ed|ion)",
    "error ?handler (?:initiali[sz]ed|registered|set|installed)",
    (
        r"\b(?:whenever|on|stop[-_ ]?on)[-_ ]?(?:sql|os)?(?:error"
        r"|failure)[\"']? ?(?:[=:] ?[\"']?)?(?:exit|true|false|stop|continue|rollback)"
    ),
    r"^\s*at [\w.$<>/]+\(|^\+{1,4} ",
    r"^(?:INFO +)?Running command: ",
    "Py4JJavaError: An error occurred while calling",
    r"\bcurrent transaction is aborted\b",
    r"Exit status: [1-9]\d*\. Diagnostics: |\bTM_6085\b|\bTM_6020\b",
)
"""Lines that never count, whatever words they have; here and below capitals are as good as small letters."""

AFTERMATH: tuple[str, ...] = (
    (
        r"\b(?:broken pipe|(?:stream|socket|file ?system|connection) (?:is "
        r"|was )?(?:already )?closed\b(?! by \S+ port))"
    ),
    (
        r"\bclosed (?:connection|channel)|channel (?:was )?closed|already (?:been )?(?:closed|shut ?down"
        r"|stopped)\b"
    ),
    (
        r"\b(?:while|when|during|on|in) (?:the )?(?:stopping|clos(?:e|ing)|shutting down|shutdown"
        r"|disconnect(?:ing)?)\b"
    ),
    r"\b(?:while|when|during|on|in) (?:the )?(?:clean(?:ing)? ?up|rollback|rolling back|teardown)\b",
    (
        r"\b(?:failed|unable|could not|cannot|can't) (?:to )?(?:roll ?back|clean ?up|close|stop|delete"
        r"|remove|release)\b"
    ),
    (
        r"\b(?:failed|unable|could not|cannot|can't) (?:to )?(?:unlock|disconnect|shut ?down"
        r"|send (?:the )?\S*mail)\b"
    ),
    r"\bfailed to (?:stop|send (?:RPC|(?:the )?(?:notification|alert)))\b|\brollback (?:has )?failed\b",
    (
        r"\bshutdown[- ]?hook\b|RejectedExecutionException|SparkContext was shut ?down|\bSIGTERM\b"
        "|RECEIVED SIGNAL"
    ),
    r"\bafter (?:the )?(?:executor|pool|context|scheduler) (?:was |has been )?(?:shut ?down|stopped)",
    (
        r"(?:\blost executor|\bexecutor \S+ lost|ExecutorLostFailure)(?!.* exceeding )"
        "|TransportChannelHandler"
    ),
    r"\btPostjob_\d|\btDie_\d|\btLogCatcher_\d|\btSendMail_\d",
    (
        r"(?:STEP|JOB) [\d.]+ ON \S+ CANCELLED AT \S+ \*\*\*|srun: (?:Job step aborted|Force Terminated"
        "|Terminating)"
    ),
)
"""Lines that follow from a failure, and what belongs to them: they count only where nothing else does."""

SAID_AGAIN: tuple[str, ...] = (
    (
        r"\bmarking (?:the )?(?:task|run|job) as\b|\bUP_FOR_RETRY\b|\btask failed with exception\b"
        r"|\bDag ?run .* failed"
    ),
    r"\bfailed to execute (?:job|task) \S+ (?:for task|\()|\bfailed \d+ times; aborting job",
    r"\bcommand (?:failed|exited|returned)\b.{0,60}\b(?:exit|return|status)\b|CalledProcessError",
    "returned (?:a )?non-?zero exit (?:code|status)|NonZeroExitCode|ExitCodeException",
    r"(?:exit(?:ed)?(?: with)?(?: code| status)?|return code|rc)[ :=]{1,3}-?[1-9]\d{0,4}\b\)?\.?$",
    (
        r"\bapplication application_\S+ (?:finished with failed|failed \d+ times)"
        "|Application report for"
    ),
    (
        "failed with state (?:FAILED|KILLED)|Job not successful|final ?status"
        r"|SparkException: Job aborted\.?$"
    ),
    (
        r"\b(?:job|task|step|session|workflow|flow|pipeline|run|stage|mapping|process|load)"
        r"\b(?: \S+){0,2} (?:has )?(?:failed|aborted)[.!]?$"
    ),
    (
        r"\b(?:export|import|application|taskflow|instance|query|build|script|vertex|dag|node|writer)"
        r"\b(?: \S+){0,2} (?:has )?(?:failed|aborted)[.!]?$"
    ),
    (
        r"\b(?:job|task|step|session|workflow|flow|pipeline|run|mapping|process|taskflow)"
        r"\b.{0,40}\b(?:ended|finished|completed|terminated|exited)\b.{0,20}\b(?:with|in|as)"
        r"\b.{0,12}\b(?:errors?|failures?|failed|ko)\b"
    ),
    (
        r"\b(?:see|check|consult|refer to) (?:the |above |log|previous ).{0,40}\b(?:logs?|errors?"
        r"|details?|above)\b"
    ),
    (
        r"\bprevious (?:command|step|task|error)|\bdue to (?:an? )?(?:earlier|previous|upstream)"
        r"|\bupstream_failed"
    ),
    (
        r"\bskipp(?:ed|ing) (?:because|due)|\berrors? in total\b|\bConnection to \S+ closed"
        "|Recovery is suppressed by"
    ),
    r"\bExceptionGroup: unhandled errors|srun: error: .*: tasks? ",
    r"\bCOMPILATION ERROR\b|\bBUILD FAILURE\b|\bBuild failed with an exception",
    (
        r"\bnpm (?:ERR!|error)|^make(?:\[\d+\])?: \*\*\*|ELIFECYCLE|^error Command failed"
        "|^Error: Process completed with"
    ),
)
"""Lines that say once more that something has failed: they, too, count only where nothing else does."""

TEARDOWN: tuple[str, ...] = (
    r"\bshutdown hook\b|\bInvoking stop\(\)|\bSparkContext is stopping\b",
    r"\bshutting (?:down|\w+ down)\b|is shutting down",
    r"\bstopping (?:the )?(?:server|workers?|services?|context|engine|executors?|all)\b",
    r"\brolling back\b|\brollback (?:started|begins)\b|\bstarting rollback\b",
    (
        r"\bclean(?:ing)? ?up (?:after|started|begins)|\baborting (?:the )?(?:job|load|session|run"
        "|remaining)"
    ),
    r"\btPostjob_\d\b|\bon_failure_callback\b",
)
"""Lines after which, shortly behind an error, what goes wrong only follows from it."""

RETRIED: tuple[str, ...] = (
    (
        r"\b(?:re-?try(?:ing)?|trying again|will (?:be )?retr(?:y|ied)|re-?connecting|will reconnect)"
        r"\b(?! ?[=:] ?\d|_)(?!.{0,30}\b(?:exhausted|exceeded|failed|limit reached)\b)"
    ),
    (
        r"\b(?:waiting|sleeping|backing off|next (?:try|attempt))\b.{0,40}\b\d+ ?(?:s|sec|seconds|ms|min"
        r"|minutes)\b"
    ),
    r"\b(?:try|tries|trying|attempt(?:ing)?) (?:\w+ )?(?:again|once more)\b|\bonce more in \d",
    (
        r"\b(?:continuing|continue anyway|carrying on|proceeding (?:anyway|without)|ignored|ignoring"
        r"|falling back)\b"
    ),
    r"\b(?:fallback|using (?:the )?default|default used|recovered|non-?fatal|can be ignored)\b",
    r"\b(?:attempt|try) (?:#|no\.? ?)?(?P<tried>\d+) ?(?:of|/) ?(?!(?P=tried)\b)\d+\b",
)
"""Lines that say of what stands before them, or of themselves, that it was not the end."""

GIVEN_UP: tuple[str, ...] = (
    (
        r"\b(?:giving up|gave up|no more (?:retries|attempts|tries)|exhausted (?:all )?(?:retries"
        r"|attempts))\b"
    ),
    (
        r"\b(?:retries|attempts|tries|retry (?:count|limit)) (?:are |were |is |was |have been "
        r"|has been )?(?:exhausted|exceeded|used up|reached)\b"
    ),
    r"\bmax(?:imum)?(?: number of)? (?:retries|attempts|retry).{0,20}(?:exceeded|reached|exhausted)\b",
    r"\bafter \d+ (?:attempts|retries|tries)\b|\ball \d+ (?:attempts|retries|tries) failed\b",
    r"\bout of (?:retries|attempts)\b",
)
"""Lines that say that what was tried again came to nothing: then it was the end after all."""

BEGUN_ANEW: tuple[str, ...] = (
    r"\b(?:starting|beginning|running) (?:task )?attempt #?(?:[2-9]|1\d)\b",
    r"^(?:[-=#]{2,} ?)?attempt #?(?:[2-9]|1\d)\b(?!.*\b(?:failed|error))",
)
"""Lines with which a run that had failed begins again: what went before was survived."""

ENDED_WELL: tuple[str, ...] = (
    r"\bMarking task as SUCCESS\b|\bJob ENDED SUCCESSFULLY\b|\bended with exit code ?[=:]? ?0\b",
    (
        "^(?:INFO +)?(?:process |job |script |program )?exit(?:ed)?(?: with)?(?: code"
        r"| status)?[ :=]{1,3}0\.?$"
    ),
    r"\breturn code 0$|\bfinal status: SUCCEEDED\b|\bended with status (?:COMPLETED|SUCCESS)\b",
    r"\bJob job_\w+ completed successfully\b|\bSession run completed successfully\b|\bTM_6022\b",
    "^Completed successfully$",
)
"""Lines with which a whole run ends well: nothing that stands before them was the end."""

LEVEL = (
    r"\b(?:(?:ERROR|FATAL|SEVERE|CRITICAL|ERR|Error|Exception|INFO|INF|DEBUG)\b"
    r"|(?P<quiet>(?:WARN|WARNING|WRN|W)\b(?=[\]\s:|)-])|[Ww]arning: ))"
    r"|\"(?:level|severity|levelname)\": ?\"(?:(?P<quiet_json>(?i:warn))|\w)"
    r"|\blevel=(?:(?P<quiet_fmt>(?i:warn))|\w)"
)
"""The level of a line where it begins; a group for those that say themselves that they are warnings."""

TIMES: tuple[str, ...] = (
    r"\s{0,8}\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?\]? ?",
    r"\[?\d\d/\d\d/\d\d(?:\d\d)? \d\d:\d\d:\d\d(?:[.,]\d+)?\]? ",
    r"\[?\d\d:\d\d:\d\d(?:[.,]\d+)?\]? ",
)
"""The time that stands before a message."""

WRAPPERS: tuple[str, ...] = (
    r"\[\d{4}-\d\d-\d\d[T, ]{1,2}\d\d:\d\d:\d\d[^\]]{0,20}\] \{[^}]{1,80}\} [A-Z]{4,8} - ",
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z? (?:stdout|stderr) [FP] ",
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z INFO ",
    r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S{1,80} [\w./-]{1,40}(?:\[\d+\])?: ",
    r" {2,12}[|+] (?! *\^)",
    r"\w[\w.-]{0,60} *\| ",
    *TIMES,
)
"""What programs put before each line of another program's output; what is left tells by itself."""

TURNING: tuple[str, ...] = ("attempt", "success", "status", "session completed")
"""Words of lines that may change what all errors before them are worth: a new attempt, a good end."""

TURNING_SHORTLY: tuple[str, ...] = (
    *("retr", "re-try", "trying", "once more", "again", "reconnect", "waiting", "sleeping"),
    *("backing", "next ", "continu", "carrying", "proceed", "ignor", "fall", "default"),
    *("recover", "non-fatal", "gave up", "giving up", "attempts", "tries", "shutdown"),
    *("shutting", "stop", "roll", "clean", "tpostjob", "on_failure"),
)
"""Words of lines that may change what the errors shortly before them are worth."""
