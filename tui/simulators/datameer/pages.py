"""The routes of the user interface: the session, the logs and the traces."""

from __future__ import annotations

import io
import zipfile
from html import escape
from typing import TYPE_CHECKING

import httpx

from tui.simulators.datameer.answer import Failed, Rejected, page_answer
from tui.simulators.datameer.joblog import application_log, log_of

if TYPE_CHECKING:
    from tui.simulators.datameer.answer import Call
    from tui.simulators.datameer.installation import Installation
    from tui.simulators.datameer.job import Job
    from tui.simulators.datameer.run import JobRun

LOGIN_FORM = '<form action="/login" method="post"><input name="username"><input name="password"></form>'
"""What is in the page that asks for a user and a password."""


def login_page(code: int) -> httpx.Response:
    """What is answered to somebody without a session.

    Args:
        code: 200 for the page itself, 302 for the way to it.
    """
    if code == 302:
        return httpx.Response(302, headers={"location": "/login"})
    return page_answer(code, "Datameer Login", LOGIN_FORM)


def login(_: Installation, __: Call) -> httpx.Response:
    """Asks for a user and a password."""
    return login_page(200)


def browser(installation: Installation, _: Call) -> httpx.Response:
    """Shows the files, and begins a session."""
    answer = page_answer(200, "Datameer")
    answer.headers["set-cookie"] = f"JSESSIONID={installation.sessions.begin()}; Path=/; HttpOnly"
    return answer


def log(installation: Installation, call: Call) -> httpx.Response:
    """Shows what a run has written."""
    job, run = _execution(installation, call.parameter("jobExecutionId"))
    text = log_of(job.spec, run, installation.now(), installation.local)
    if installation.behaviour.log_is_page:
        return page_answer(200, "Job log", f"<pre>{escape(text, quote=False)}</pre>")
    return _download(text.encode(), "text/plain;charset=UTF-8", f"job-{run.id}.log")


def trace(installation: Installation, call: Call) -> httpx.Response:
    """Packs what a run has written."""
    job, run = _execution(installation, call.number())
    text = log_of(job.spec, run, installation.now(), installation.local)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(f"trace-{run.id}/job.log"), text)
    return _download(packed.getvalue(), "application/zip", f"trace-{run.id}.zip")


def application_log_page(installation: Installation, _: Call) -> httpx.Response:
    """Shows what the application has written, to administrators."""
    if not installation.behaviour.is_admin:
        raise Rejected(403, "Forbidden")
    text = application_log(installation.night, installation.local)
    return _download(text.encode(), "text/plain;charset=UTF-8", "conductor.log")


def _execution(installation: Installation, execution_id: int) -> tuple[Job, JobRun]:
    try:
        return installation.execution(execution_id)
    except Failed:
        raise Rejected(404, "Not Found") from None


def _download(content: bytes, content_type: str, name: str) -> httpx.Response:
    headers = {"content-type": content_type, "content-disposition": f'attachment; filename="{name}"'}
    return httpx.Response(200, content=content, headers=headers)
