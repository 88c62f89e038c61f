"""Fonnte: answers 200 to everything, says inside how it went, reports by a second number of its own."""

import json
import time
from collections.abc import Mapping
from urllib.parse import parse_qs

from tests.reminders.channels.doubles.server import Call, Delivered, Posted, Reply, Service, run_by_hand

FIELDS = {"token": "token-perangkat-fonnte", "hook_secret": "kata-rahasia-webhook"}


class Fonnte(Service):
    """Delivers as long as its phone is connected. It knows no key of ours, so it folds no repeats."""

    usual_port = 9002

    def __init__(self) -> None:
        super().__init__()
        self.is_connected = True
        self.reason = "target invalid"  # what `Fault.REFUSED` says

    def fields(self) -> dict[str, str]:
        """A channel account that leads here."""
        return {**FIELDS, "base_url": self.url}

    def take(self, call: Call) -> Delivered | Reply:
        if call.headers.get("authorization") != FIELDS["token"]:
            return _no("token invalid")
        form = {name: values[0] for name, values in parse_qs(call.body.decode()).items()}
        if not form.get("target") or not form.get("message"):
            return _no("input invalid")
        if not self.is_connected:
            return _no("request invalid on disconnected device")
        if form.get("countryCode") != "0" and not form["target"].startswith("62"):
            return _no("target invalid")
        return Delivered(f"+{form['target']}", "", form["message"], str(80367000 + self.next_number()), time.monotonic())

    def yes(self, message: Delivered) -> Reply:
        ids, target = [message.reference], [message.phone.lstrip("+")]
        return Reply(200, {"detail": "success! message in queue", "id": ids, "process": "pending", "status": True, "target": target})

    def no(self, message: Delivered) -> Reply:
        return _no(self.reason)

    def report(self, message: Delivered, word: str) -> Posted:
        """`sent` comes with its id and a second number; `delivered` and `read` come with the second number alone."""
        named = {"id": message.reference, "stateid": f"S{message.reference}", "status": "sent", "state": ""}
        later = {"stateid": f"S{message.reference}", "state": word}
        failed = {"id": message.reference, "status": "invalid"}
        return self.posted({"sent": named, "failed": failed}.get(word, later))

    def reply(self, phone: str, text: str) -> Posted:
        """What the vendor writes back."""
        said = {
            "sender": phone.lstrip("+"),
            "message": text,
            "name": "Bu Sari",
            "inboxid": self.next_number(),
            "timestamp": int(time.time()),
        }
        return self.posted(said)

    def posted(self, document: Mapping[str, object]) -> Posted:
        """A webhook. Fonnte signs nothing: the address holds the secret."""
        return Posted(json.dumps({"device": "6281100000000", **document}).encode(), {"Content-Type": "application/json"})


def _no(reason: str) -> Reply:
    return Reply(200, {"reason": reason, "status": False})


if __name__ == "__main__":
    run_by_hand(Fonnte(), ["sent", "delivered", "read"])
