"""Letters of accounts leave after the answer: whoever asks for a new password must not learn from the delay whether they have one."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from flask import Flask

from bazaar.outside import Outside
from bazaar.reminders.channels.base import Channel, DeliveryError, Message
from bazaar.states import ChannelName
from bazaar.web.auth import this_app

log = logging.getLogger(__name__)
_postman = ThreadPoolExecutor(max_workers=1, thread_name_prefix="postman")


def mail_channel(outside: Outside) -> Channel | None:
    """E-mail where it is set up, else the console (outside production), else nothing."""
    return outside.channels.get(ChannelName.EMAIL) or outside.channels.get(ChannelName.CONSOLE)


def post(channel: Channel, message: Message) -> None:
    """Hand a letter to the postman, who is one thread: a slow mail server holds up letters, never pages."""
    _postman.submit(_send, channel, message)


def later(work: Callable[[], None]) -> None:
    """Do the work after the answer, in an app context of its own: how long it takes tells the asker nothing."""
    app = this_app()
    _postman.submit(_work, app, work)


def wait_for_postman() -> None:
    """Return when everything handed over so far has left or failed."""
    _postman.submit(int).result()


def _work(app: Flask, work: Callable[[], None]) -> None:
    try:
        with app.app_context():
            work()
    except Exception:
        log.exception("what was left for after an answer failed")


def _send(channel: Channel, message: Message) -> None:
    try:
        channel.send(message)
    except DeliveryError as error:
        log.warning("a letter about an account did not leave: %s", error.reason)
    except Exception:
        log.exception("a letter about an account did not leave")
