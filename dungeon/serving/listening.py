"""Open the port of a server, and check the token that it is given."""

import re
import signal
import socket

from dungeon.errors import InputRefused

_MIN_TOKEN_LENGTH = 8


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; with `port` 0 the system chooses one. Raises InputRefused."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if hasattr(signal, "SIGHUP"):  # on Windows this option would share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(256)
    except OSError as error:
        listener.close()
        raise InputRefused(
            f"Cannot listen on {host} port {port}: {error.strerror or error}. Choose another with "
            "--port or --host."
        ) from error
    return listener


def address_of(listener: socket.socket, host: str) -> str:
    """Return the address of a server that was asked to listen on `host`."""
    place = f"[{host}]" if ":" in host else host
    return f"http://{place}:{listener.getsockname()[1]}"


def refuse_weak_token(token: str) -> None:
    """Raise InputRefused where a header cannot hold the token, or it is quickly guessed."""
    if len(token) < _MIN_TOKEN_LENGTH or not re.fullmatch(r"[\x21-\x7e]+", token):
        raise InputRefused(
            f"A token has at least {_MIN_TOKEN_LENGTH} characters of ASCII and no spaces. Leave "
            "--token out to have one generated."
        )
