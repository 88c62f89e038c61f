"""The style inside the vendor's page: whole, small, and named by the policy."""

import hashlib
import re
from base64 import b64encode

from bazaar.web.inline_sheet import vendor_sheet


def test_the_policy_names_exactly_this_text() -> None:
    sheet = vendor_sheet()

    digest = b64encode(hashlib.sha256(sheet.css.encode()).digest()).decode()

    assert f"style-src 'sha256-{digest}';" in sheet.content_security_policy
    assert "script" not in sheet.content_security_policy
    assert "unsafe-inline" not in sheet.content_security_policy


def test_every_token_that_a_rule_uses_is_defined() -> None:
    css = vendor_sheet().css

    used = set(re.findall(r"var\((--[\w-]+)\)", css))  # one with a fallback may be undefined

    assert used - set(re.findall(r"[{;](--[\w-]+):", css)) == set()


def test_a_rule_whose_name_ends_like_a_token_stays_whole() -> None:
    css = vendor_sheet().css

    assert re.search(r"\.btn--main:hover\{background:var\(--ink\)", css)


def test_nothing_is_fetched_from_anywhere() -> None:
    css = vendor_sheet().css

    assert [
        word for word in ("@import", "http:", "//", "../", "woff2", "/*") if word in css.replace("http://www.w3.org/2000/svg", "")
    ] == []
