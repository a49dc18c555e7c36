"""Slurm: batch jobs of a cluster, through its commands on this host or through slurmrestd."""

from __future__ import annotations

from tui.adapters.slurm.adapter import SlurmAdapter

ADAPTER = SlurmAdapter

__all__ = ["ADAPTER", "SlurmAdapter"]
