"""Clusters of customers: cpm beside scikit-learn, in one run.

    python benches/peers/segmentation.py [--rows 1000000] [--rounds 5]

k-means with 8 clusters on eight columns: once on groups that lie apart, once on skewed columns that have no such groups (which is
what spend and frequency look like); with one start and with ten. A mixture of eight normal distributions, and the silhouette of a sample.
The inertia must be equal or better, and the silhouette must be the same.
"""

from turns import compare, timed

TOOLS = ("cpm", "scikit-learn")
WORK = ("k-means, apart, 1 start", "k-means, apart, 10 starts", "k-means, skewed, 1 start", "k-means, skewed, 10 starts")
WORK += ("mixture", "silhouette")
# One start draws its centers by chance, ten nearly always find the same.
TOLERANCE = {"1 start": 0.02, "10 starts": 1e-3}


def data(work: str, rows: int):
    import numpy as np

    rng = np.random.default_rng(1)
    if "skewed" in work:
        common = rng.normal(size=(rows, 1))
        return np.exp(0.5 * common + 0.5 * rng.normal(size=(rows, 8)))
    centers = rng.normal(scale=4.0, size=(8, 8))
    return centers[rng.integers(0, 8, rows)] + rng.normal(size=(rows, 8))


def measure(tool: str, work: str, rows: int) -> dict:
    x = data(work, rows)
    starts = 10 if "10" in work else 1

    def cpm_run():
        import cpm

        if work == "silhouette":
            return cpm.segmentation.silhouette_score(x, groups, sample=10_000)[0]
        if work == "mixture":
            return cpm.GaussianMixture(8, n_init=1, tol=1e-3).fit(x).log_likelihood / rows
        return cpm.KMeans(8, n_init=starts).fit(x).inertia

    def peer_run():
        from sklearn.cluster import KMeans
        from sklearn.metrics import silhouette_score
        from sklearn.mixture import GaussianMixture

        if work == "silhouette":
            return float(silhouette_score(x, groups, sample_size=10_000, random_state=0))
        if work == "mixture":
            return float(GaussianMixture(8, random_state=0).fit(x).score(x))
        return float(KMeans(8, n_init=starts, random_state=0).fit(x).inertia_)

    if work == "silhouette":
        import numpy as np

        groups = np.argmax(x[:, :4], axis=1)
    return timed(cpm_run if tool == "cpm" else peer_run)


def agree(work: str, own: float, other: float) -> str:
    limit = next((v for k, v in TOLERANCE.items() if k in work), None)
    if limit is not None:
        if own > other * (1.0 + limit):
            raise SystemExit(f"{work}: the inertia {own} is larger than {other}")
        return f"inertia {own:.6g}, {other:.6g}"
    if abs(own - other) > 0.02:
        raise SystemExit(f"{work}: {own} is not {other}")
    return f"{own:.4f}, {other:.4f}"


if __name__ == "__main__":
    compare(__file__, __doc__.splitlines()[0], TOOLS, WORK, measure, agree, 1_000_000)
