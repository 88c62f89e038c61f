"""A gateway of one's own that keeps our contract: it checks the signature, folds repeats by the message's id, signs its reports."""

import base64
import hashlib
import hmac
import json
import time

from tests.reminders.channels.doubles.server import Call, Delivered, Posted, Reply, Service, run_by_hand

SECRET = "kunci-tanda-tangan-gerbang"


class Gateway(Service):
    """Delivers each id once, however often it is posted."""

    usual_port = 9003

    def __init__(self) -> None:
        super().__init__()
        self.refuses_with = 422  # what `Fault.REFUSED` says

    def fields(self) -> dict[str, str]:
        """A channel account that leads here."""
        return {"url": f"{self.url}/kirim", "secret": SECRET}

    def take(self, call: Call) -> Delivered | Reply:
        key, stamp = call.headers.get("webhook-id", ""), call.headers.get("webhook-timestamp", "")
        if not hmac.compare_digest(call.headers.get("webhook-signature", ""), _signature(key, stamp, call.body, SECRET)):
            return Reply(401, {"reason": "signature"})
        document = json.loads(call.body)
        if document["id"] != key:
            return Reply(400, {"reason": "two ids"})
        return Delivered(document["to"], key, document["text"], key, time.monotonic())

    def deliver(self, message: Delivered) -> None:
        with self._lock:
            if all(one.key != message.key for one in self.delivered):
                self.delivered.append(message)

    def yes(self, message: Delivered) -> Reply:
        return Reply(202, {"id": message.key})

    def no(self, message: Delivered) -> Reply:
        return Reply(self.refuses_with, {"reason": f"nobody at {message.phone}"})

    def report(self, message: Delivered, word: str) -> Posted:
        """`accepted`, `delivered`, `read` or `failed`."""
        return self.signed({"type": "status", "id": message.key, "status": word})

    def reply(self, phone: str, text: str, *, at: float | None = None, number: str = "") -> Posted:
        """What the vendor writes back."""
        return self.signed({"type": "reply", "from": phone, "text": text}, at=at, number=number)

    def signed(self, document: dict[str, object], *, at: float | None = None, secret: str = SECRET, number: str = "") -> Posted:
        """A webhook as the contract signs it: late with an old `at`, forged with another `secret`."""
        body = json.dumps(document).encode()
        key, stamp = number or f"evt-{self.next_number()}", str(int(time.time() if at is None else at))
        headers = {"webhook-id": key, "webhook-timestamp": stamp, "webhook-signature": _signature(key, stamp, body, secret)}
        return Posted(body, {"Content-Type": "application/json", **headers})


def _signature(key: str, stamp: str, body: bytes, secret: str) -> str:
    """Written out here once more, on purpose: a double must not share the product's mistakes."""
    mac = hmac.new(secret.encode(), b".".join([key.encode(), stamp.encode(), body]), hashlib.sha256).digest()
    return f"v1,{base64.b64encode(mac).decode()}"


if __name__ == "__main__":
    run_by_hand(Gateway(), ["accepted", "delivered", "read"])
