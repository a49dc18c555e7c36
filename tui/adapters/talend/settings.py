"""What the config says of a Talend connection."""

from __future__ import annotations

from tui.core.settings import ConnectionSettings, SecretRef


class TalendSettings(ConnectionSettings):
    """The table of a connection to a Talend Administration Center."""

    url: str
    """Address of the TAC's web application, such as `https://tac.example.com/org.talend.administrator`."""
    username: str
    """Name of a TAC user with the right to use the Job Conductor; mostly an e-mail address."""
    password: SecretRef
    """The user's password. The MetaServlet takes it in the address of every request: prefer https."""
