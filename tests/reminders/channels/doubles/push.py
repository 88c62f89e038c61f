"""A push service and its browsers on this machine: it checks who speaks, opens what only a browser can open, and fails on demand.

It decrypts with code of its own, written from RFC 8188 and 8291 and not from the product's, so that a mistake cannot cancel itself out.
"""

import json
import threading
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from hmac import digest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask

from bazaar.clock import Clock
from bazaar.reminders.channels.base import Browser
from bazaar.reminders.channels.push import PushChannel
from bazaar.states import ChannelName


def encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def point_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@dataclass
class Subscription:
    """One browser's: the keys that only it has."""

    path: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = b"sixteen bytes ok"

    def open(self, body: bytes) -> bytes:
        """What the body says, as the browser reads it."""
        salt, size, length = body[:16], int.from_bytes(body[16:20]), body[20]
        point, record = body[21 : 21 + length], body[21 + length :]
        assert (length, len(body) <= 4096, len(record) <= size) == (65, True, True)
        sender = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        seed = _hkdf(self.secret, self.key.exchange(ec.ECDH(), sender), b"WebPush: info\0" + point_of(self.key) + point, 32)
        content_key, nonce = _hkdf(salt, seed, b"Content-Encoding: aes128gcm\0", 16), _hkdf(salt, seed, b"Content-Encoding: nonce\0", 12)
        padded = AESGCM(content_key).decrypt(nonce, record, None).rstrip(b"\0")
        assert padded.endswith(b"\x02"), "the only record is the last one"
        return padded[:-1]


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return digest(digest(salt, secret, sha256), info + b"\x01", sha256)[:length]


@dataclass(frozen=True)
class Pushed:
    """A message that the service took."""

    path: str
    headers: dict[str, str]
    notification: dict[str, Any]
    claims: dict[str, Any]


@dataclass
class PushService:
    """The service's memory, and what it does wrong. `answers` by path are popped in order; then all is well."""

    port: int = 0
    own_key: str = ""
    """The only application server key that may write here; any where empty."""
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    pushed: list[Pushed] = field(default_factory=list)
    answers: dict[str, list[tuple[int, dict[str, str]]]] = field(default_factory=dict)
    stall_seconds: dict[str, float] = field(default_factory=dict)
    drips: set[str] = field(default_factory=set)
    """Paths whose answer comes one byte at a time, without an end."""
    hangs_up: set[str] = field(default_factory=set)
    """Paths that take the message and say nothing."""
    refusals: list[str] = field(default_factory=list)
    connection_count: int = 0
    ended: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def subscribe(self, name: str = "hp") -> Browser:
        """A browser says yes."""
        subscription = self.subscriptions[f"/push/{name}"] = Subscription(f"/push/{name}")
        return Browser(self.origin + subscription.path, encode(point_of(subscription.key)), encode(subscription.secret))

    def answer(self, name: str, status: int, **headers: str) -> None:
        """What the service says next about this browser."""
        given = {header.replace("_", "-"): value for header, value in headers.items()}
        self.answers.setdefault(f"/push/{name}", []).append((status, given))

    def check(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        """As a strict service does it: who are you, is this well-formed, do I know the browser."""
        claims = self._claims(headers.get("authorization", ""))
        if claims is None or claims.get("aud") != self.origin or not str(claims.get("sub", "")).startswith(("mailto:", "https://")):
            return self._refuse(401, "the signed word is not for us")
        if headers.get("content-encoding") != "aes128gcm" or not headers.get("ttl", "").isdecimal() or len(body) > 4096:
            return self._refuse(400, "not a push message")
        topic = headers.get("topic", "x")
        if not topic.replace("-", "").replace("_", "").isalnum() or len(topic) > 32 or headers.get("urgency") not in {"high", "normal"}:
            return self._refuse(400, "topic or urgency")
        with self.lock:
            if self.answers.get(path):
                return self.answers[path].pop(0)
            if path not in self.subscriptions:
                return 404, {}
            text = self.subscriptions[path].open(body)
            self.pushed.append(Pushed(path, headers, json.loads(text), claims))
            return 201, {"Location": f"{self.origin}/message/{len(self.pushed)}"}

    def _claims(self, authorization: str) -> dict[str, Any] | None:
        scheme, _, rest = authorization.partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
        if scheme != "vapid" or set(parts) != {"t", "k"} or (self.own_key and parts["k"] != self.own_key):
            return None
        signed, _, signature = parts["t"].rpartition(".")
        raw = decode(signature)
        asn1 = utils.encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode(parts["k"])).verify(asn1, signed.encode(), ec.ECDSA(SHA256()))
        claims: dict[str, Any] = json.loads(decode(signed.split(".")[1]))
        return claims

    def _refuse(self, status: int, why: str) -> tuple[int, dict[str, str]]:
        self.refusals.append(why)
        return status, {}


@contextmanager
def running_push_service() -> Iterator[PushService]:
    """The service on a free port of 127.0.0.1."""
    service = PushService()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            service.connection_count += 1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, said = service.check(self.path, headers, body)
            service.ended.wait(service.stall_seconds.get(self.path, 0))
            if self.path in service.hangs_up:
                self.close_connection = True
                return
            if self.path in service.drips:
                self._drip()
                return
            self.send_response(status)
            for name, value in said.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _drip(self) -> None:
            self.close_connection = True
            since = time.monotonic()
            try:
                while time.monotonic() < since + 5 and not service.ended.wait(0.05):
                    self.wfile.write(b"H")
            except OSError:
                pass

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (http.server's name)
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield service
    finally:
        service.ended.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


@contextmanager
def writing_to_browsers(app: Flask, clock: Clock) -> Iterator[PushChannel]:
    """The app writes to browsers, as it does under HTTPS and on localhost, and may call the service on this machine."""
    outside = app.extensions["giliran.outside"]
    channel = PushChannel(app.extensions["giliran.settings"].secret_key, "mailto:x@example.org", clock=clock, allows_loopback=True)
    app.extensions["giliran.outside"] = replace(outside, channels={**outside.channels, ChannelName.PUSH: channel})
    yield channel
    channel.close()
