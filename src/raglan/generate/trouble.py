"""What went wrong with a chat server, in words: which server, why, and the way out."""

from __future__ import annotations

import json
import re
import socket
import ssl
from http import HTTPStatus
from http.client import HTTPException, IncompleteRead, RemoteDisconnected
from typing import Any

from raglan.errors import GeneratorError

__all__ = ["quoted", "refused", "spoiled", "unreachable"]

_SAID = 300
# Some servers repeat the key that they refuse.
_SECRET = re.compile(r"\bsk-\S+|\bBearer\s+\S+|[\w\-]{32,}", re.ASCII)


def unreachable(server: str, error: Exception, *, timeout: float) -> GeneratorError:
    """The error for a server that could not be reached, or that stopped speaking."""
    return GeneratorError(f"{server}: {_why(error, timeout)}")


def _why(error: Exception, timeout: float) -> str:
    match error:
        case TimeoutError():
            return f"gave no whole answer within {timeout:g} seconds; is it overloaded? A larger timeout may help"
        case socket.gaierror():
            return "the host name cannot be resolved; check base_url and the network"
        case ConnectionRefusedError():
            return "connection refused; is the server running, and is this its port?"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted ({error.verify_message}); SSL_CERT_FILE can name your authority"
        case ssl.SSLError():
            return f"no secure connection ({error.reason}); does the server speak https?"
        case HTTPException() if not isinstance(error, (IncompleteRead, RemoteDisconnected)):
            return f"does not speak HTTP ({type(error).__name__}); is base_url right, and is it http or https?"
        case _:
            return f"the connection broke off ({type(error).__name__}); try again, or look into the server's log"


def refused(server: str, status: int, body: bytes, *, model: str, key_env: str) -> GeneratorError:
    """The error for an answer with another status than 200; ``body`` may say why."""
    phrase = HTTPStatus(status).phrase if status in {*HTTPStatus} else "unknown status"
    said = _said(body)
    because = f' "{said}"' if said else ""
    return GeneratorError(f"{server}: HTTP {status} {phrase}{because}; {_way_out(status, model, key_env)}")


def _way_out(status: int, model: str, key_env: str) -> str:
    match status:
        case 401 | 403 if key_env:
            return f"check the key in the environment variable {key_env}"
        case 401 | 403:
            return "the server asks for a key: set key_env to the name of the environment variable that holds it"
        case 404:
            return f"is there a model {model!r}, and should base_url end in /v1?"
        case 400 | 413 | 422:
            return "if the prompt is too long, lower budget or max_tokens"
        case 429:
            return "too many requests or no quota left; wait, or ask for more"
        case _ if 300 <= status < 400:
            return "redirects are not followed; set base_url to where the server is"
        case _:
            return "look into the server's log, or try again later"


def spoiled(server: str, reason: str, hint: str = "is base_url an OpenAI-compatible server?") -> GeneratorError:
    """The error for an answer that arrived and cannot be used."""
    return GeneratorError(f"{server}: {reason}; {hint}")


def _said(body: bytes) -> str:
    """What the server says itself, without the JSON around it."""
    text = body.decode(errors="replace")
    try:
        told: Any = json.loads(text)
    except (ValueError, RecursionError):
        told = text
    for name in ("error", "message", "detail"):
        if isinstance(told, dict) and told.get(name):
            told = told[name]
    return quoted(str(told))


def quoted(text: str) -> str:
    """A server's words in one line that is safe to print: no control characters, and nothing that may be a key."""
    words = "".join(char for char in " ".join(text[: 10 * _SAID].split()) if char.isprintable())
    return _SECRET.sub("***", words)[:_SAID]
