"""The face of an Airflow 2: another address, other bodies, and nothing of the new API."""

from __future__ import annotations

import json

import httpx

_DOCS = "https://airflow.apache.org/docs/apache-airflow/2.10.5/stable-rest-api-ref.html#section/Errors"
_VERSION = "2.10.5"
_PREFIX = "/api/v1/"


def answer(request: httpx.Request) -> httpx.Response:
    """What an Airflow 2 says to a request; what needs an account is refused, as nobody here has one.

    Args:
        request: The request.
    """
    path = request.url.path
    if not path.startswith(_PREFIX):
        page = "<!DOCTYPE html>\n<html><head><title>Airflow 404 = lots of circles</title></head></html>"
        return httpx.Response(404, html=page)
    if path == f"{_PREFIX}health":
        healthy = {"status": "healthy"}
        return httpx.Response(200, json={"metadatabase": healthy, "scheduler": healthy})
    if path == f"{_PREFIX}version":
        return httpx.Response(200, json={"version": _VERSION, "git_version": None})
    problem = {"detail": None, "status": 401, "title": "Unauthorized", "type": f"{_DOCS}/Unauthenticated"}
    return httpx.Response(
        401,
        content=json.dumps(problem).encode(),
        headers={"content-type": "application/problem+json", "www-authenticate": "Basic"},
    )
