"""Audiences: consent, pseudonyms, hashed addresses, segments that are too small."""

import hashlib
import hmac
import secrets
from typing import Any

import numpy as np
import pytest

import cpm

P = cpm.portfolio
KEY = b"0123456789abcdef0123456789abcdef"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_hashes_are_those_of_the_standard_library() -> None:
    ids = [f"customer {i}" for i in range(50)]
    key = secrets.token_bytes(40)
    expected = [hmac.new(key, i.encode(), "sha256").hexdigest() for i in ids]
    assert P.pseudonyms(ids, key) == expected
    assert P.pseudonyms(np.array([42, 7]), KEY) == P.pseudonyms(["42", "7"], KEY)
    mails = [" Ann.Lee@Gmail.com ", "bob@SHOES.co.uk", "nothing", None, ""]
    assert P.hash_emails(mails) == [sha256("ann.lee@gmail.com"), sha256("bob@shoes.co.uk"), None, None, None]
    assert P.hash_emails(mails, "google")[:2] == [sha256("annlee@gmail.com"), sha256("bob@shoes.co.uk")]


def test_only_those_who_consented_leave() -> None:
    consent = [True, None, True, False, float("nan"), True]
    mails = ["a@b.com", "c@d.com", "A@B.com", "e@f.com", "g@h.com", "broken"]
    audience = P.export_audience(consent, email=mails, targets=[2, 0, 5, 4, 3])
    assert audience.columns == ["email_sha256"]
    assert audience["email_sha256"] == [sha256("a@b.com")]
    np.testing.assert_array_equal(audience.rows, [2])
    account = dict(zip(audience.account["outcome"], audience.account["customers"].tolist(), strict=True))
    assert account == {
        "requested": 5,
        "exported": 1,
        "refused": 1,
        "unanswered": 1,
        "without_email": 0,
        "invalid_email": 1,
        "duplicates": 1,
    }
    by_id = P.export_audience(consent, customer_id=list("abcdef"), key=KEY)
    assert by_id["pseudonym"] == P.pseudonyms(["a", "c", "f"], KEY)
    assert (by_id.requested, by_id.refused, by_id.unanswered, len(by_id.to_table())) == (6, 1, 2, 3)


def test_a_target_list_becomes_an_audience() -> None:
    targets = P.target_customers([0.1, 0.9, 0.5], 10, 2)
    audience = P.export_audience([True, True, False], customer_id=["a", "b", "c"], key=KEY, targets=targets["row"])
    assert audience["pseudonym"] == P.pseudonyms(["b"], KEY)


def test_small_segments_do_not_leave() -> None:
    segment = ["a"] * 20 + ["b"] * 15 + ["c"] * 4
    value = np.arange(39.0)
    table = P.aggregate_segments(segment, {"value": value})
    assert table["segment"] == ["a"]
    assert (table.suppressed_segments, table.complementary, table.suppressed_customers) == (2, 1, 19)
    np.testing.assert_allclose(table["value_total"], value[:20].sum())
    assert len(P.aggregate_segments(segment, least=4)) == 3


def test_bad_audiences_are_named() -> None:
    mails = ["a@b.com", "c@d.com"]
    calls: list[tuple[str, Any]] = [
        ("`consent`, row 1", lambda: P.export_audience([1, 2], email=mails)),
        ("`consent` has 1 rows", lambda: P.export_audience([True], email=mails)),
        ("`targets`, row 0", lambda: P.export_audience([True, True], email=mails, targets=[2])),
        ("`targets`, row 1", lambda: P.export_audience([True, True], email=mails, targets=[1, 1])),
        ("customer_id and key, or email", lambda: P.export_audience([True, True], customer_id=["a", "b"])),
        ("customer_id and key, or email", lambda: P.export_audience([True], email=["x"], key=KEY)),
        ("at least 16 bytes", lambda: P.pseudonyms(["a"], b"short")),
        ("plain, google", lambda: P.hash_emails(["a"], "other")),  # type: ignore[arg-type]
        ("`least`|least = 1", lambda: P.aggregate_segments(["a"], least=1)),
        ("needs a label", lambda: P.aggregate_segments(["a", None])),
        ("`measures`, row 1", lambda: P.aggregate_segments(["a", "b"], {"x": [1, float("inf")]})),
    ]
    for message, call in calls:
        with pytest.raises(cpm.CpmError, match=message):
            call()
