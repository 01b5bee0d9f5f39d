"""A client of Changeover's gateway in one file, with nothing but the standard library (Python 3.8 or newer).

    store = Gateway("donna", data_dir=".changeover")
    store.put("users", ["ada"], {"email": "ada@example.com", "created_at": now(), "updated_at": now()})

A write is repeated, always with the same Idempotency-Key, while the gateway is overloaded (429), cannot reach Kafka (503), answers with
another 5xx or breaks the connection, until `patience` is over: it counts once, however often it is sent.
"""

import datetime
import http.client
import json
import os
import random
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid


class Refused(Exception):
    """The gateway's answer was no, and repeating it would not help. `status`, and the problem document with `detail` and `errors`."""

    def __init__(self, status, problem):
        super().__init__("%d: %s" % (status, problem.get("detail", problem.get("title", ""))))
        self.status = status
        self.problem = problem


class Unreachable(Exception):
    """Patience is over. If it was a write, nobody knows whether it counts: repeat it with the same idempotency key."""


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")


class Gateway:
    """Records by entity and key. A key is the list of its values, in the definition's order."""

    def __init__(self, migration, data_dir=".changeover", url=None, token=None, patience=30.0):
        self.migration = migration
        self.data_dir = data_dir
        self.patience = patience
        self._given = (url, token) if url else None
        self._primary = None
        self._primary_until = 0.0

    def get(self, entity, key, side=None):
        """The record's fields, or None if there is none; from the primary, or from `side`, which is "legacy" or "target"."""
        found = self._request("GET", self._path(entity, key, side=side), absent=None)
        return None if found is None else found["fields"]

    def put(self, entity, key, fields, wait="primary", idempotency_key=None):
        return self._write("PUT", entity, key, fields, wait, idempotency_key)

    def create(self, entity, fields, wait="primary", idempotency_key=None):
        """As `put`, but Refused with status 409 if the record is there already."""
        return self._write("POST", entity, [], fields, wait, idempotency_key)

    def patch(self, entity, key, changes, wait="primary", idempotency_key=None):
        """A JSON merge patch: it reaches into JSON fields, and null removes. Refused with status 404 if there is no record."""
        return self._write("PATCH", entity, key, changes, wait, idempotency_key)

    def delete(self, entity, key, wait="primary", idempotency_key=None):
        return self._write("DELETE", entity, key, None, wait, idempotency_key)

    def batch(self, lines, wait="primary", idempotency_key=None):
        """Lines {"op": "put|patch|delete", "entity", "key": {...}, "fields": {...}}: all of them are on the log, or none."""
        body = "".join(json.dumps(line) + "\n" for line in lines)
        return self._request(
            "POST",
            self._path("batch", [], **self._waiting(wait)),
            body.encode(),
            {"Content-Type": "application/x-ndjson", "Idempotency-Key": idempotency_key or str(uuid.uuid4())},
        )["results"]

    def page(self, entity, limit=100, after=None, **equal):
        """A page of records in key order: ([fields, ...], cursor of the next page or None). `equal` are filters."""
        page = self._request("GET", self._path(entity, [], limit=limit, after=after, **equal))
        return [item["fields"] for item in page["items"]], page["next"]

    def each(self, entity, **equal):
        """All records, page by page."""
        after = None
        while True:
            records, after = self.page(entity, limit=1000, after=after, **equal)
            yield from records
            if after is None:
                return

    def primary(self, at_most_seconds_old=0.0):
        """Which side counts now, "legacy" or "target": the flag to poll for code that still reads a side by itself."""
        if self._primary is None or time.monotonic() >= self._primary_until:
            self._primary = self._request("GET", self._path("primary", []))["primary"]
            self._primary_until = time.monotonic() + at_most_seconds_old
        return self._primary

    def health(self):
        """(whether it can take writes and serve reads, its own words). Not repeated: it tells how it is now."""
        url, _ = self._endpoint()
        try:
            with urllib.request.urlopen(url + "/health/ready", timeout=10) as answer:
                return True, json.load(answer)
        except urllib.error.HTTPError as refusal:
            return False, _document(refusal)
        except OSError as failure:
            return False, {"detail": str(failure)}

    def _write(self, method, entity, key, fields, wait, idempotency_key):
        headers = {"Content-Type": "application/json", "Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        body = None if fields is None else json.dumps(fields).encode()
        return self._request(method, self._path(entity, key, **self._waiting(wait)), body, headers)

    def _waiting(self, wait):
        return {"wait": wait, "timeout_ms": int(self.patience * 500)}

    def _path(self, entity, key, **query):
        parts = [self.migration, entity] + [str(value) for value in key]
        path = "/v1/" + "/".join(urllib.parse.quote(part, safe="") for part in parts)
        given = {name: value for name, value in query.items() if value is not None}
        return path + ("?" + urllib.parse.urlencode(given) if given else "")

    def _endpoint(self):
        """Where it is now: after a restart it may have another port and another token."""
        if self._given:
            return self._given
        with open(os.path.join(self.data_dir, "endpoint.json"), encoding="utf-8") as file:
            endpoint = json.load(file)
        return endpoint["url"], endpoint["token"]

    def _request(self, method, path, body=None, headers=None, absent=Refused):
        deadline = time.monotonic() + self.patience
        attempt = 0
        while True:
            try:
                url, token = self._endpoint()
                request = urllib.request.Request(url + path, data=body, method=method, headers=dict(headers or {}))
                if token:
                    request.add_header("Authorization", "Bearer " + token)
                with urllib.request.urlopen(request, timeout=self.patience) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as refusal:
                if refusal.code == 404 and absent is None:
                    return None
                problem = _document(refusal)
                if refusal.code != 429 and refusal.code < 500:
                    raise Refused(refusal.code, problem) from None
                pause = float(refusal.headers.get("Retry-After") or 0)
                why = "%d: %s" % (refusal.code, problem.get("detail", ""))
            except (OSError, http.client.HTTPException, ValueError) as failure:
                # ValueError: an answer, or endpoint.json, that was cut off.
                pause = 0.0
                why = repr(failure)
            pause = max(pause, min(2.0, 0.05 * 2**attempt) * (0.5 + random.random()))
            attempt += 1
            if time.monotonic() + pause > deadline:
                raise Unreachable("%s %s, %d times: %s" % (method, path, attempt, why))
            time.sleep(pause)


def _document(refusal):
    try:
        return json.load(refusal)
    except (OSError, http.client.HTTPException, ValueError):
        return {"title": refusal.reason}
