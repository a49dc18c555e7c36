"""How many of anything a system may tell of: far more than any real one has, and no more than can be held."""

from __future__ import annotations

MAX_JOBS = 100_000
"""Jobs of one connection that are shown: ten times as many as the largest installation that is known.
Each costs about 2 kB."""

MAX_TASKS = 5000
"""Steps of one run that are shown."""

MAX_PARAMETERS = 200
"""Parameters of a job or run that are shown, and choices of a parameter."""

MAX_TAGS = 100
"""Labels of one job that are shown."""
