"""Telegram's Bot API: a bot may write only to chats that greeted it; whoever blocks it is gone."""

import json
import time

from tests.reminders.channels.doubles.server import Call, Delivered, Posted, Reply, Service, run_by_hand

FIELDS = {"bot_token": "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11", "bot_name": "pasar_jember_bot", "hook_secret": "kata-rahasia-bot"}


class Telegram(Service):
    """Delivers to the chats in `greeted` that are not in `blocked`. It knows no key of ours, so it folds no repeats."""

    usual_port = 9004

    def __init__(self) -> None:
        super().__init__()
        self.greeted: set[str] = set()
        self.blocked: set[str] = set()
        self.hook: dict[str, object] = {}  # where the bot posts, as it was told

    def fields(self) -> dict[str, str]:
        """A channel account that leads here."""
        return {**FIELDS, "base_url": self.url}

    def take(self, call: Call) -> Delivered | Reply:
        if call.path == f"/bot{FIELDS['bot_token']}/setWebhook":
            self.hook = json.loads(call.body)
            return Reply(200, {"ok": True, "result": True, "description": "Webhook was set"})
        if call.path != f"/bot{FIELDS['bot_token']}/sendMessage":
            return _no(401, "Unauthorized")
        document = json.loads(call.body)
        chat = str(document["chat_id"])
        if chat in self.blocked:
            return _no(403, "Forbidden: bot was blocked by the user")
        if chat not in self.greeted:
            return _no(400, "Bad Request: chat not found")
        return Delivered(chat, "", document["text"], str(self.next_number()), time.monotonic())

    def yes(self, message: Delivered) -> Reply:
        return Reply(200, {"ok": True, "result": {"message_id": int(message.reference), "chat": {"id": int(message.phone)}}})

    def no(self, message: Delivered) -> Reply:
        return _no(400, "Bad Request: message is too long")

    def too_many(self) -> Reply:
        document = {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests",
            "parameters": {"retry_after": int(self.retry_after)},
        }
        return Reply(429, document)

    def report(self, message: Delivered, word: str) -> Posted:
        raise NotImplementedError("Telegram tells bots nothing about what became of a message")

    def says(self, chat: str, text: str, *, secret: str = FIELDS["hook_secret"]) -> Posted:
        """What somebody writes to the bot; `/start <token>` is the greeting by the link on the vendor's page."""
        self.greeted.add(chat)
        number = self.next_number()
        message = {"message_id": number, "date": int(time.time()), "chat": {"id": int(chat), "type": "private"}, "text": text}
        body = json.dumps({"update_id": 700_000 + number, "message": message}).encode()
        return Posted(body, {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": secret})


def _no(code: int, words: str) -> Reply:
    return Reply(code, {"ok": False, "error_code": code, "description": words})


if __name__ == "__main__":
    run_by_hand(Telegram(), [])
