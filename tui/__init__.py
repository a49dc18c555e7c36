"""One terminal for every job you run."""

__version__ = "0.1.0"
