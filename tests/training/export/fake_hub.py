"""A server on this machine that behaves as the Hugging Face hub does while a model is published."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import yaml

TOKEN = "hf_right"


@dataclass
class Repo:
    private: bool
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass
class FakeHub:
    """The repositories, and what was asked of the server."""

    repos: dict[str, Repo] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    forbidden: bool = False
    storage_is_full: bool = False
    url: str = ""

    def answer(self, method: str, path: str, token: str, body: bytes) -> tuple[int, Any]:
        """Return the status and the document of a response."""
        self.requests.append(f"{method} {path}")
        if method == "PUT":  # to the storage, which has no tokens
            return self._store(path.removeprefix("/objects/"), body)
        if token != f"Bearer {TOKEN}":
            return 401, {"error": "Invalid credentials in Authorization header"}
        match method, path.strip("/").split("/"):
            case "GET", ["api", "whoami-v2"]:
                return 200, {"type": "user", "name": "somebody", "orgs": []}
            case "POST", ["api", "repos", "create"]:
                return self._create(json.loads(body))
            case "POST", ["api", "validate-yaml"]:
                return self._validate(json.loads(body)["content"])
            case "GET", ["api", "models", owner, name]:
                return self._info(f"{owner}/{name}")
            case "POST", ["api", "models", _, _, "preupload", "main"]:
                return 200, {"files": [_upload_mode(file) for file in json.loads(body)["files"]]}
            case "POST", [_, _, "info", "lfs", "objects", "batch"]:
                return 200, {"objects": [self._lfs(each) for each in json.loads(body)["objects"]]}
            case "POST", ["api", "models", owner, name, "commit", "main"]:
                return self._commit(f"{owner}/{name}", body)
        return 404, {"error": "no such page"}

    def _store(self, oid: str, body: bytes) -> tuple[int, Any]:
        if self.storage_is_full:
            return 507, {"error": "full"}
        self.objects[oid] = body
        return 200, {}

    def _create(self, wanted: dict[str, Any]) -> tuple[int, Any]:
        if self.forbidden:
            return 403, {"error": "You don't have the rights to create a model here"}
        name = f"{wanted['organization'] or 'somebody'}/{wanted['name']}"
        self.repos[name] = Repo(private=wanted.get("visibility") == "private")
        return 200, {"name": name, "url": f"{self.url}/{name}"}

    def _info(self, name: str) -> tuple[int, Any]:
        if name not in self.repos:
            return 404, {"error": "Repository not found"}
        repo = self.repos[name]
        return 200, {"id": name, "private": repo.private, "sha": "0" * 40, "siblings": []}

    def _validate(self, content: str) -> tuple[int, Any]:
        try:
            yaml.safe_load(content.split("---")[1])
        except yaml.YAMLError as error:
            return 400, {"errors": [{"message": str(error)}], "warnings": []}
        return 200, {"errors": [], "warnings": []}

    def _lfs(self, wanted: dict[str, Any]) -> dict[str, Any]:
        href = f"{self.url}/objects/{wanted['oid']}"
        return {"oid": wanted["oid"], "size": wanted["size"], "actions": {"upload": {"href": href}}}

    def _commit(self, name: str, body: bytes) -> tuple[int, Any]:
        repo = self.repos[name]
        for line in map(json.loads, body.decode().splitlines()):
            value = line["value"]
            if line["key"] == "file":
                repo.files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                repo.files[value["path"]] = self.objects[value["oid"]]
        oid = "1" * 40
        return 200, {"commitUrl": f"{self.url}/{name}/commit/{oid}", "commitOid": oid}


def _upload_mode(file: dict[str, Any]) -> dict[str, Any]:
    is_large = file["path"].endswith((".safetensors", ".gguf"))
    mode = "lfs" if is_large else "regular"
    return {"path": file["path"], "uploadMode": mode, "shouldIgnore": False}


@contextmanager
def running_hub() -> Iterator[FakeHub]:
    """Serve a hub without repositories while the block runs."""
    hub = FakeHub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.read_body()
            token = self.headers.get("Authorization", "")
            status, document = hub.answer(self.command, self.path.split("?")[0], token, body)
            content = json.dumps(document).encode()
            self.send_response(status)
            if status == 404:
                self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def __getattr__(self, name: str) -> Any:
            if name.startswith("do_"):
                return self.handle_any
            raise AttributeError(name)

        def read_body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)

        def log_message(self, *_: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hub.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()
