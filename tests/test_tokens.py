"""Secrets in URLs and cookies."""

import hashlib
import re

from bazaar.tokens import derive_key, hash_token, new_token, token_of_link

KEY = "only-for-tests-0123456789-abcdefghijkl"


def test_a_token_is_new_every_time_and_fit_for_a_url() -> None:
    tokens = {new_token() for _ in range(50)}

    assert len(tokens) == 50
    assert all(re.fullmatch(r"[\w-]{43}", token) for token in tokens)


def test_what_is_stored_is_the_plain_sha256() -> None:
    assert hash_token("abc") == hashlib.sha256(b"abc").hexdigest()


def test_a_links_token_is_the_same_again_and_depends_on_key_and_nonce() -> None:
    token = token_of_link(KEY, "nonce")

    assert token == token_of_link(KEY, "nonce")
    assert re.fullmatch(r"[\w-]{43}", token)
    assert token not in {token_of_link(KEY, "other"), token_of_link(KEY + "x", "nonce")}


def test_every_purpose_has_a_key_of_its_own() -> None:
    keys = {derive_key(KEY, purpose) for purpose in ("link", "totp")}

    assert len(keys) == 2
    assert {len(key) for key in keys} == {32}
    assert KEY.encode() not in keys
