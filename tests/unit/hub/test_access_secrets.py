"""Secrets of clients."""

from __future__ import annotations

from hub.services.access.secrets import fits, hash_secret, make_secret


def test_a_secret_fits_its_own_hash_only() -> None:
    first, second = make_secret(), make_secret()
    hashes = [hash_secret(first), hash_secret(second)]

    assert fits(first, hashes)
    assert fits(second, hashes)
    assert not fits(first, hashes[1:])
    assert not fits("", hashes)
    assert not fits(first, [])


def test_a_hash_tells_no_secret_and_differs_each_time() -> None:
    secret = make_secret()

    assert len(secret) >= 43
    assert hash_secret(secret) != hash_secret(secret)
    assert secret not in hash_secret(secret)


def test_no_secret_fits_a_client_without_one_not_even_what_stands_in_for_it() -> None:
    assert not any(fits(text, []) for text in ("", "\0", "dummy"))
