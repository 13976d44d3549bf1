"""Next best offer: itemsets and rules against mlxtend, offers against integer programming."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cpm

GOLDEN = Path(__file__).parents[2] / "cpm-core" / "tests" / "golden"
P = cpm.portfolio


@pytest.fixture(scope="module")
def reference() -> Any:
    return json.loads((GOLDEN / "itemsets.json").read_text())


def packed(baskets: list[list[int]]) -> cpm.portfolio.Baskets:
    rows = [(b, f"p{p:03}") for b, products in enumerate(baskets) for p in products]
    rng = np.random.default_rng(0)
    order = rng.permutation(len(rows))
    return P.Baskets([rows[i][0] for i in order], [rows[i][1] for i in order])


def test_itemsets_and_rules_equal_mlxtend(reference: Any) -> None:
    for case in reference["mined"]:
        full = [basket for basket in case["baskets"] if basket]
        if len(full) < len(case["baskets"]):
            # Rows do not show baskets without products, whose number is part of the support.
            full += [[999]] * (len(case["baskets"]) - len(full))
        itemsets = P.frequent_itemsets(packed(full), case["support"])
        found = {tuple(s): n for s, n in zip(itemsets.sets, itemsets["baskets"].tolist(), strict=True)}
        found.pop(("p999",), None)
        assert found == {tuple(f"p{p:03}" for p in s): n for s, n in case["sets"]}
        rules = P.association_rules(itemsets, min_confidence=0.3)
        by_name = {key: k for k, key in enumerate(zip(rules["antecedent"], rules["consequent"], strict=True))}
        assert len(by_name) == len(case["rules"])
        for antecedent, consequent, *numbers in case["rules"]:
            k = by_name[", ".join(f"p{p:03}" for p in antecedent), ", ".join(f"p{p:03}" for p in consequent)]
            for name, number in zip(["support", "confidence", "lift", "leverage", "conviction"], numbers, strict=True):
                expected = np.inf if number is None else number
                np.testing.assert_allclose(rules[name][k], expected, rtol=1e-12, atol=1e-15)


def test_offers_equal_integer_programming(reference: Any) -> None:
    for case in reference["offers"]:
        plan = P.rank_offers(
            np.array(case["probability"]),
            case["margin"],
            cost=case["cost"],
            capacity=case["capacity"],
            per_customer=case["per_customer"],
        )
        np.testing.assert_allclose([plan.profit.value, plan.bound], case["profit"], rtol=1e-9)
        assert all(n <= most for n, most in zip(plan.used.values(), case["capacity"], strict=True))
        assert plan["expected_profit"].sum() == pytest.approx(case["profit"])
        assert plan["rank"].max() <= case["per_customer"]
        assert len(set(plan["row"].tolist())) + plan.without_offer == len(case["probability"])


def test_similarity_equals_numpy() -> None:
    rng = np.random.default_rng(4)
    bought = rng.random((200, 12)) < rng.uniform(0.1, 0.5, 12)
    customer, product = np.nonzero(bought)
    baskets = P.Baskets(customer, product)
    both = bought.astype(float).T @ bought
    own = np.diag(both)
    n = len(baskets)
    expected: dict[Any, Any] = {
        "cosine": both / np.sqrt(np.outer(own, own)),
        "jaccard": both / (own[:, None] + own - both),
        "lift": both * n / np.outer(own, own),
    }
    np.testing.assert_array_equal(baskets.counts, own)
    for metric, matrix in expected.items():
        table = P.item_similarity(baskets, metric=metric, shrinkage=5, neighbours=11)
        i, j = np.array(table["product"], int), np.array(table["neighbour"], int)
        np.testing.assert_allclose(table["similarity"], (matrix * both / (both + 5))[i, j], rtol=1e-12)
        assert len(table) == (both > 0).sum() - 12
    similarity = P.item_similarity(baskets, neighbours=11)
    scores = expected["cosine"][[2, 5]].sum(0)
    scores[[2, 5]] = -1
    assert similarity.recommend([2, 5], most=1)["product"] == [str(scores.argmax())]


def test_bad_offers_are_named() -> None:
    baskets = P.Baskets([1, 1], ["a", "b"])
    sets = P.frequent_itemsets(baskets, 1.0)
    calls: list[tuple[str, Any]] = [
        ("empty", lambda: P.Baskets([], [])),
        ("`product` has 1 rows", lambda: P.Baskets([1, 2], ["a"])),
        ("`basket`, row 1", lambda: P.Baskets([1, None], ["a", "b"])),
        ("min_support", lambda: P.frequent_itemsets(baskets, 0)),
        ("min_support", lambda: P.frequent_itemsets(baskets, 0.5, max_itemsets=2)),
        ("max_length", lambda: P.frequent_itemsets(baskets, 0.5, max_length=0)),
        ("min_confidence", lambda: P.association_rules(sets, min_confidence=2)),
        ("cosine, jaccard, lift", lambda: P.item_similarity(baskets, metric="x")),  # type: ignore[arg-type]
        ("`owned`, row 1", lambda: P.item_similarity(baskets).recommend(["a", "z"])),
        ("`probability`, row 1", lambda: P.rank_offers([[0.1], [1.1]], 1)),
        ("`margin` has 2 rows", lambda: P.rank_offers([[0.1], [0.2]], [1, 2])),
        ("`capacity` has 2 rows", lambda: P.rank_offers([[0.1], [0.2]], 1, capacity=[1, 2])),
        ("per_customer", lambda: P.rank_offers([[0.1], [0.2]], 1, per_customer=0)),
    ]
    for message, call in calls:
        with pytest.raises(cpm.CpmError, match=message):
            call()
