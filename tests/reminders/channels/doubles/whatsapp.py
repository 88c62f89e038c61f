"""The WhatsApp Cloud API: approved templates only (plain text within a day of a reply), its error codes, its signed webhooks."""

import hashlib
import hmac
import json
import time
from typing import Any

from bazaar.reminders.channels.whatsapp_templates import creation_requests
from tests.reminders.channels.doubles.server import Call, Delivered, Posted, Reply, Service, run_by_hand

FIELDS = {
    "phone_number_id": "106540352242922",
    "access_token": "EAAG-rahasia-sekali-token-akses",
    "app_secret": "rahasia-aplikasi-meta",
    "verify_token": "kata-pencocok",
}


class WhatsApp(Service):
    """Delivers to everybody, except to numbers in `without_whatsapp`. It folds no repeats, as the real one does not."""

    usual_port = 9001

    def __init__(self) -> None:
        super().__init__()
        self.without_whatsapp: set[str] = set()
        self.wrote_to_us: set[str] = set()
        self.error_code = 131026  # what `Fault.REFUSED` says
        self.error_status = 400
        self.approved = {(request["name"], request["language"]): request for request in creation_requests()}

    def fields(self) -> dict[str, str]:
        """A channel account that leads here."""
        return {**FIELDS, "base_url": f"{self.url}/v23.0"}

    def take(self, call: Call) -> Delivered | Reply:
        if call.headers.get("authorization") != f"Bearer {FIELDS['access_token']}":
            return _error(401, 190, "Error validating access token")
        if not call.path.endswith(f"/{FIELDS['phone_number_id']}/messages"):
            return _error(400, 33, "This object does not exist")
        document = json.loads(call.body)
        phone = f"+{document['to']}"
        if phone in self.without_whatsapp:
            return _error(400, 131026, f"Message undeliverable to {phone}")
        if document["type"] == "text":
            return self._plain(document, phone)
        return self._template(document, phone)

    def yes(self, message: Delivered) -> Reply:
        contact = message.phone.lstrip("+")
        return Reply(
            200,
            {
                "messaging_product": "whatsapp",
                "contacts": [{"input": contact, "wa_id": contact}],
                "messages": [{"id": message.reference, "message_status": "accepted"}],
            },
        )

    def no(self, message: Delivered) -> Reply:
        return _error(self.error_status, self.error_code, f"(#{self.error_code}) not to {message.phone}")

    def too_many(self) -> Reply:
        reply = _error(429, 130429, "Rate limit hit")
        return Reply(reply.status, reply.document, {"Retry-After": self.retry_after})

    def report(self, message: Delivered, word: str) -> Posted:
        """`sent`, `delivered`, `read` or `failed`."""
        status: dict[str, Any] = {
            "id": message.reference,
            "status": word,
            "timestamp": str(int(time.time())),
            "recipient_id": message.phone.lstrip("+"),
            "biz_opaque_callback_data": message.key,
        }
        if word == "failed":
            status["errors"] = [{"code": 131026, "title": "Message undeliverable", "error_data": {"details": "Not on WhatsApp."}}]
        return self.signed({"statuses": [status]})

    def reply(self, phone: str, text: str, *, about: str = "", is_button: bool = False, number: str = "") -> Posted:
        """What the vendor writes back, or the button that she taps. `about` is the reference of the message she answers."""
        self.wrote_to_us.add(phone)
        said = {"type": "button", "button": {"payload": text, "text": text}} if is_button else {"type": "text", "text": {"body": text}}
        message: dict[str, Any] = {
            "from": phone.lstrip("+"),
            "id": number or f"wamid.REPLY{self.next_number()}",
            "timestamp": str(int(time.time())),
            **said,
        }
        if about:
            message["context"] = {"from": "6281100000000", "id": about}
        return self.signed({"contacts": [{"wa_id": phone.lstrip("+")}], "messages": [message]})

    def signed(self, value: dict[str, Any], *, secret: str = FIELDS["app_secret"]) -> Posted:
        """A webhook as Meta signs it; with another `secret` it is forged."""
        metadata = {"display_phone_number": "6281100000000", "phone_number_id": FIELDS["phone_number_id"]}
        changes = [{"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}]
        body = json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]}).encode()
        mac = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return Posted(body, {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={mac}"})

    def _plain(self, document: dict[str, Any], phone: str) -> Delivered | Reply:
        if phone not in self.wrote_to_us:
            return _error(400, 131047, "Re-engagement message")
        return self._delivered(document, phone, document["text"]["body"])

    def _template(self, document: dict[str, Any], phone: str) -> Delivered | Reply:
        template = document["template"]
        approved: Any = self.approved.get((template["name"], template["language"]["code"]))
        if approved is None:
            return _error(404, 132001, "Template name does not exist in the translation")
        parameters = [one["text"] for one in template["components"][0]["parameters"]]
        if len(parameters) != len(approved["components"][0]["example"]["body_text"][0]):
            return _error(400, 132000, "Number of parameters does not match")
        if any(not text or "\n" in text or "\t" in text or "    " in text for text in parameters):
            return _error(400, 100, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces")
        text = approved["components"][0]["text"]
        for place, parameter in enumerate(parameters, 1):
            text = text.replace(f"{{{{{place}}}}}", parameter)
        return self._delivered(document, phone, text)

    def _delivered(self, document: dict[str, Any], phone: str, text: str) -> Delivered:
        reference = f"wamid.DOUBLE{self.next_number()}"
        return Delivered(phone, document.get("biz_opaque_callback_data", ""), text, reference, time.monotonic())


def _error(status: int, code: int, words: str) -> Reply:
    error = {"message": f"(#{code}) {words}", "type": "OAuthException", "code": code, "error_data": {"details": words}, "fbtrace_id": "A"}
    return Reply(status, {"error": error})


if __name__ == "__main__":
    run_by_hand(WhatsApp(), ["sent", "delivered", "read"])
