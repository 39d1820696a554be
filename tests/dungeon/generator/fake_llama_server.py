"""A fake `llama-server` program: the options and the HTTP interface that the game uses of it."""

import sys
from pathlib import Path

HELP = "--fit [on|off]  --fit-target MiB  --cache-ram N  --jinja  --no-webui"
OLD_HELP = "--n-gpu-layers N"

DEVICES = """ggml_cuda_init: found 1 CUDA devices:
  Device 0: Ember 9, compute capability 9.0, VMM: yes
Available devices:
  BLAS: OpenBLAS (0 MiB, 0 MiB free)
  CUDA0: Ember 9 (8000 MiB, 7000 MiB free)
"""
NO_DEVICES = "Available devices:\n  (none)\n"

_SCRIPT = """#!{python}
import json, os, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

if "--help" in sys.argv:
    sys.exit(print({help!r}))
if "--list-devices" in sys.argv:
    sys.exit(print({devices!r}))
Path(__file__).with_name("started").write_text(json.dumps([sys.argv[1:], os.getpid()]))
if {failure!r}:
    print("loading the model\\n\\n" + {failure!r}, file=sys.stderr)
    sys.exit(3)
KEY = "Bearer " + os.environ["LLAMA_API_KEY"]
PLACES = {{
    "/health": {{"status": "ok"}},
    "/v1/models": {{"data": [{{"id": "tale", "owned_by": "llamacpp"}}]}},
    "/props": {{"default_generation_settings": {{"n_ctx": 300}}, "chat_template": "x"}},
    "/tokenize": {{"tokens": [1, 2, 3]}},
}}

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        may = self.path == "/health" or self.headers.get("Authorization") == KEY
        if self.path == "/v1/completions":
            Path(__file__).with_name("asked").write_bytes(body)
            if {dies!r}:
                os._exit(4)
        chunk = {{"choices": [{{"text": "A mill.", "index": 0, "finish_reason": "stop"}}]}}
        streamed = "data: " + json.dumps(chunk) + "\\n\\ndata: [DONE]\\n\\n"
        answer = json.dumps(PLACES[self.path]) if self.path in PLACES else streamed
        self.send_response(200 if may else 401)
        self.end_headers()
        self.wfile.write(answer.encode())

    do_POST = do_GET

HTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])), Handler).serve_forever()
"""


def write_server(
    folder: Path,
    *,
    options: str = HELP,
    devices: str = DEVICES,
    failure: str = "",
    dies: bool = False,
) -> Path:
    """Write the program into `folder`: it ends with `failure` where there is one, and `dies` where
    it is asked for a reply.
    """
    program = folder / "llama-server"
    program.write_text(
        _SCRIPT.format(
            python=sys.executable, help=options, devices=devices, failure=failure, dies=dies
        )
    )
    program.chmod(0o755)
    return program
