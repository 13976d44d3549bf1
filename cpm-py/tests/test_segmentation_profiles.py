"""What segments are like, and whether they last."""

from typing import Any

import numpy as np
import pytest

import cpm


@pytest.mark.parametrize("library", ["dict", "pandas", "polars", "pyarrow"])
def test_profiles(library: str) -> None:
    columns: dict[str, Any] = {
        "orders": [1.0, 2.0, np.nan, 9.0, 8.0, 9.0],
        "channel": ["web", "shop", "web", "shop", None, "shop"],
    }
    if library != "dict":
        module = pytest.importorskip(library)
        make = module.table if library == "pyarrow" else module.DataFrame
        columns = make(columns)
    profiles = cpm.segmentation.profile_segments(
        ["b", "b", "b", "a", "a", "a"], columns, revenue=[1, 1, 1, 3, 3, 3], value=np.arange(6)
    )
    assert profiles.sizes["segment"] == ["a", "b"]
    assert profiles.sizes["revenue_share"] == pytest.approx([0.75, 0.25])
    effects = profiles.effects
    assert effects["missing"][:2].tolist() == [0, 1]
    assert effects["level"][1:5] == ["", "shop", "web", "missing"]
    assert profiles.attributes["measure"] == ["eta_squared", "cramers_v"]
    rule = profiles.rules["rule"][0]
    assert rule == "orders > 5"
    assert cpm.RuleSet({"a": rule, "b": "orders <= 5"}).predict({"orders": [9.0, 1.0]}).to_table()["segment"] == [
        "a",
        "b",
    ]
    assert "precision 1.00" in repr(profiles)


def test_profiles_refuse() -> None:
    profile = cpm.segmentation.profile_segments
    with pytest.raises(cpm.DataError, match="3 rows"):
        profile(["a", "b"], {"x": [1, 2, 3]})
    with pytest.raises(cpm.CpmError, match="conditions = 9"):
        profile(["a", "b"], {"x": [1, 2]}, conditions=9)
    with pytest.raises(cpm.DataError, match="revenue"):
        profile(["a", "b"], {"x": [1, 2]}, revenue=[1.0, np.nan])
    with pytest.raises(cpm.CpmError):
        profile(["a", "b"], {})


def test_stability() -> None:
    ids = ["u", "v", "w", "x"]
    change = cpm.segmentation.segment_stability(ids, [0, 0, 1, 1], ids[::-1], [1, 1, 0, 1])
    assert change.counts.tolist() == [[1, 1], [0, 2]]
    assert change.stayed.value == 0.75
    assert change.stayed.low < 0.75 < change.stayed.high
    assert change.names == ["0", "1"]
    assert change.gone.tolist() == change.new_customers.tolist() == [0, 0]
    assert change.agreement.value == cpm.segmentation.adjusted_rand_index([0, 0, 1, 1], [0, 1, 1, 1])
    with pytest.raises(cpm.CpmError, match="named once"):
        cpm.segmentation.segment_stability([1, 1], [0, 1], [1, 2], [0, 1])
    with pytest.raises(cpm.CpmError, match="after"):
        cpm.segmentation.segment_stability([1, 2], [0, 1], [1, 2], ["a", "b"])
