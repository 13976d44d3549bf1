"""Metrics of the customer base, computed by other tools than cpm.

    python customer_base.py [output.json]

Needs pandas, NumPy, SciPy and statsmodels; a second.  Seeded, so two runs give the same file.

Cohorts, growth, channels, strategies and aggregates are group-bys and pivots of pandas; Wilson intervals are those of statsmodels;
the error of a ratio of sums is that of statsmodels' weighted least squares through the origin with HC1 where it applies, and of
the covariance matrix of NumPy everywhere; the value of a pipeline is the sum over all 2^n outcomes; the product of two beta
distributions is integrated numerically; corrections for finite populations are SciPy's (multivariate) hypergeometric
distributions; hashes are those of Python's hmac and hashlib, with the printed examples of Meta and Google.
"""

import hashlib
import hmac
import itertools
import json
import sys

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import integrate, optimize, stats
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import proportion_confint

LEVEL = 0.95
Z = stats.norm.ppf(0.5 + LEVEL / 2)
random = np.random.default_rng(2026)


def wilson(k, n):
    return [float(v) for v in proportion_confint(k, n, alpha=1 - LEVEL, method="wilson")]


def simulated_orders():
    """Customers who join over a year, buy at their own rate and stop; some days have two orders."""
    rows = []
    for customer in range(150):
        day, last = random.integers(0, 330), 425
        stop = day + random.exponential(200)
        gap = random.uniform(10, 120)
        while day <= min(stop, last):
            for _ in range(1 + (random.random() < 0.1)):
                rows.append((customer, int(day), round(float(random.gamma(2.0, 20.0)) + 0.01, 2)))
            day += random.exponential(gap) + 1
    orders = pd.DataFrame(rows, columns=["customer", "day", "amount"])
    orders = orders.sample(frac=1, random_state=7).reset_index(drop=True)
    orders["date"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(orders.day, unit="D")
    orders["profit"] = (0.4 * orders.amount - 5.0).round(2)
    return orders


def cohorts(orders, as_of):
    """Cohort tables: customers, orders (rows), days with an order, revenue and profit by age."""
    known = orders[orders.date <= as_of].copy()
    known["month"] = known.date.dt.to_period("M")
    known["cohort"] = known.groupby("customer").month.transform("min")
    known["age"] = (known.month - known.cohort).map(lambda d: d.n)
    last = as_of.to_period("M")
    partial = as_of.normalize() != last.end_time.normalize()
    cells = []
    for cohort, own in known.groupby("cohort"):
        size = int(own.customer.nunique())
        for age in range((last - cohort).n + 1):
            at = own[own.age == age]
            active = int(at.customer.nunique())
            cells.append({
                "cohort": str(cohort), "age": age, "size": size, "active": active, "retention": active / size,
                "interval": wilson(active, size), "orders": int(len(at)),
                "days": int(at.groupby(["customer", "date"]).ngroups), "revenue": float(at.amount.sum()),
                "profit": float(at.profit.sum()), "partial": bool(partial and cohort + age == last),
            })
    table = pd.DataFrame(cells)
    whole = table[~table.partial]
    average = []
    for age, own in whole.groupby("age"):
        active, size = int(own.active.sum()), int(own["size"].sum())
        average.append({
            "age": int(age), "cohorts": int(len(own)), "customers": size, "active": active,
            "retention": active / size, "interval": wilson(active, size),
        })
    return {"cells": cells, "average": average}


def ratio(y, x, share):
    """Sum of y over sum of x with the delta method on the scale that keeps it in its range."""
    y, x = np.asarray(y, float), np.asarray(x, float)
    if x.sum() <= 0:
        return None
    r, n = y.sum() / x.sum(), len(x)
    if n < 2:
        return {"value": float(r), "interval": None}
    c = np.cov(np.stack([y, x]), ddof=1)
    se = np.sqrt((c[0, 0] - 2 * r * c[0, 1] + r * r * c[1, 1]) / n) / x.mean()
    if (x > 0).all():
        hc1 = sm.WLS(y, x, weights=1 / x).fit(cov_type="HC1").bse[0]
        assert abs(hc1 - se) < 1e-12 * max(se, 1), (hc1, se)
    slope = r * (1 - r) if share else r
    if slope <= 0:
        return {"value": float(r), "interval": [float(r), float(r)]}
    link, back = (lambda p: np.log(p / (1 - p)), lambda v: 1 / (1 + np.exp(-v))) if share else (np.log, np.exp)
    ends = [float(back(link(r) + s * Z * se / slope)) for s in (-1, 1)]
    return {"value": float(r), "interval": ends}


def bridge(before, after, earlier):
    """Growth between two periods from pandas columns; earlier: who bought before the first."""
    b, a = before.to_numpy(), after.to_numpy()
    part = lambda mask, amount: {"customers": int(mask.sum()), "amount": float(amount[mask].sum())}  # noqa: E731
    start, end, active = b > 0, a > 0, (b > 0) | (a > 0)
    e = earlier.to_numpy()
    dormant, lost = ~start & e, start & ~end
    share = lambda k, n: {"value": k / n, "interval": wilson(k, n)} if n else None  # noqa: E731
    gains = np.where(start, np.clip(a - b, 0, None), a)
    losses = np.where(start, np.clip(b - a, 0, None), 0.0)
    return {
        "start": part(start, b), "new": part(~start & end & ~e, a), "won_back": part(dormant & end, a),
        "expanded": part(start & (a > b), a - b), "contracted": part(start & end & (a < b), b - a),
        "lost": part(lost, b), "end": part(end, a),
        "gross_retention": ratio(np.minimum(a, b)[start], b[start], True),
        "net_retention": ratio(a[start], b[start], False),
        "quick_ratio": ratio(gains[active], losses[active], False),
        "logo_churn": share(int(lost.sum()), int(start.sum())),
        "revenue_churn": ratio((b * ~end)[start], b[start], True),
        "reactivation": share(int((dormant & end).sum()), int(dormant.sum())),
    }


def growth(orders, as_of):
    known = orders[orders.date <= as_of].copy()
    known["month"] = known.date.dt.to_period("M")
    months = pd.period_range(known.month.min(), as_of.to_period("M"), freq="M")
    wide = known.pivot_table(index="customer", columns="month", values="amount", aggfunc="sum", fill_value=0.0)
    wide = wide.reindex(columns=months, fill_value=0.0)
    periods = []
    for k in range(1, len(months)):
        earlier = (wide.iloc[:, : k - 1] > 0).any(axis=1) if k > 1 else pd.Series(False, index=wide.index)
        periods.append({"label": str(months[k]), **bridge(wide.iloc[:, k - 1], wide.iloc[:, k], earlier)})
    return periods


def pipeline():
    n = 9
    probability = np.round(random.uniform(0.02, 0.95, n), 3)
    value = np.round(random.gamma(2.0, 3000.0, n), 2)
    cost = np.round(random.uniform(10, 900, n), 2)
    common, base, base_error = 0.15, 60_000.0, 4_000.0
    mean = square = wins = wins_square = 0.0
    for outcome in itertools.product((0, 1), repeat=n):
        o = np.array(outcome)
        chance = float(np.prod(np.where(o == 1, probability, 1 - probability)))
        won = float((o * value).sum())
        mean, square = mean + chance * won, square + chance * won * won
        wins, wins_square = wins + chance * o.sum(), wins_square + chance * o.sum() ** 2
    deviation = np.sqrt(square - mean**2 + (common * mean) ** 2)
    of_wins = np.sqrt(wins_square - wins**2 + (common * wins) ** 2)
    net, spent, total = mean - cost.sum(), cost.sum(), value.sum()
    clip = lambda centre, sd, low, high: [float(max(centre - Z * sd, low)), float(min(centre + Z * sd, high))]  # noqa: E731
    # Share net/(base + net) by numerical derivatives.
    share = lambda b, v: v / (b + v)  # noqa: E731
    h = 1e-3
    db = (share(base + h, net) - share(base - h, net)) / (2 * h)
    dn = (share(base, net + h) - share(base, net - h)) / (2 * h)
    share_error = np.hypot(db * base_error, dn * deviation)
    expected = probability * value - cost
    return {
        "probability": probability.tolist(), "value": value.tolist(), "cost": cost.tolist(), "common": common,
        "base": base, "base_error": base_error, "weighted": float(mean),
        "weighted_interval": clip(mean, deviation, 0, total), "wins": float(wins), "wins_interval": clip(wins, of_wins, 0, n),
        "net": float(net), "net_interval": clip(net, deviation, -spent, total - spent),
        "share": float(share(base, net)), "share_interval": clip(share(base, net), share_error, 0, 1),
        "not_worth": int((expected < 0).sum()), "gain_of_dropping": float(-expected[expected < 0].sum()),
        "largest_share": float((probability * value).max() / mean),
    }


def stages():
    names, n = ["lead", "meeting", "offer"], 260
    furthest = random.choice(3, size=n, p=[0.35, 0.3, 0.35])
    state = np.where(random.random(n) < 0.15, "open", np.where((furthest == 2) & (random.random(n) < 0.5), "won", "lost"))
    frame = pd.DataFrame({"stage": furthest, "state": state})
    reached_stage = frame.stage.where(frame.state != "won", len(names))
    rows, jeffreys = [], []
    for s in range(len(names)):
        here = frame[(frame.stage == s) & (frame.state != "won")]
        advanced, lost = int((reached_stage > s).sum()), int((here.state == "lost").sum())
        rows.append({
            "reached": int((reached_stage >= s).sum()), "advanced": advanced, "lost": lost,
            "open": int((here.state == "open").sum()), "conversion": advanced / (advanced + lost),
            "interval": wilson(advanced, advanced + lost),
        })
        jeffreys.append(stats.beta(advanced + 0.5, lost + 0.5))

    def product_quantile(x, y, p):
        """Quantile of the product of two independent beta variables."""
        below = lambda z: integrate.quad(lambda v: x.pdf(v) * y.cdf(min(z / v, 1.0)), 0, 1, points=[z], limit=200)[0]  # noqa: E731
        return optimize.brentq(lambda z: below(z) - p, 1e-6, 1 - 1e-6)

    tail = (1 - LEVEL) / 2
    rows[2]["win_interval"] = [float(jeffreys[2].ppf(tail)), float(jeffreys[2].ppf(1 - tail))]
    rows[1]["win_interval"] = [float(product_quantile(jeffreys[1], jeffreys[2], p)) for p in (tail, 1 - tail)]
    for s in range(3):
        rows[s]["win"] = float(np.prod([r["conversion"] for r in rows[s:]]))
    return {"stage": furthest.tolist(), "state": state.tolist(), "rows": rows}


def hashes():
    sha = lambda text: hashlib.sha256(text.encode()).hexdigest()  # noqa: E731
    # Meta, "Customer information parameters" of the Conversions API; Google, tests of the Data Manager API's formatter.
    printed = {
        "john_smith@gmail.com": "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f",
        "alexz@example.com": "509e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744d47b4fd8a",
    }
    assert all(sha(email) == digest for email, digest in printed.items())
    emails = [
        ("John_Smith@gmail.com", "plain", "john_smith@gmail.com"),
        ("  ALEXZ@example.com   ", "google", "alexz@example.com"),
        ("  alexz@EXAMPLE.com   ", "plain", "alexz@example.com"),
        ("QuinnY@EXAMPLE.com", "google", "quinny@example.com"),
        ("Jefferson.Loves.hiking@gmail.com", "google", "jeffersonloveshiking@gmail.com"),
        ("Jefferson.LOVES.Hiking@googlemail.com", "google", "jeffersonloveshiking@googlemail.com"),
        ("Jefferson.Loves.hiking@gmail.com", "plain", "jefferson.loves.hiking@gmail.com"),
        ("Jane.Doe+News@Gmail.com", "google", "janedoe+news@gmail.com"),
        ("first.last@shop.example.org", "google", "first.last@shop.example.org"),
        ("\u00c9lodie@exemple.fr", "plain", "\u00e9lodie@exemple.fr"),
    ]
    # From the same tests of Google: what cannot be an address.
    refused = ["", "  ", "quinn", " @googlemail.com", " ...@gmail.com"]
    key = "k3y of this receiver, 32 bytes!!"
    ids = ["1", "42", "-7", "9007199254740993", "A-001", "M\u00fcller", "\u987e\u5ba2", " spaced ", "x" * 200]
    return {
        "emails": [{"email": e, "format": f, "normalised": n, "sha256": sha(n)} for e, f, n in emails],
        "refused": refused, "key": key,
        "pseudonyms": [{"id": i, "hmac": hmac.new(key.encode(), i.encode(), "sha256").hexdigest()} for i in ids],
    }


def aggregates():
    """Suppression of small segments: the smallest go until two are hidden, with k customers together."""
    names = [f"s{k}" for k in range(9)]
    segment = random.choice(9, size=400, p=np.array([30, 25, 18, 12, 8, 3, 2, 1.5, 0.5]) / 100)
    value, orders = np.round(random.gamma(2, 40, 400), 2), random.poisson(3, 400).astype(float)
    table = pd.DataFrame({"segment": segment, "value": value, "orders": orders}).groupby("segment").agg(
        customers=("value", "size"), value=("value", "sum"), orders=("orders", "sum"))
    cases = []
    for least in (2, 5, 10, 20, 60):
        sizes = table.customers.sort_values(kind="stable")
        hidden = list(sizes[sizes < least].index)
        if hidden:
            rest = [s for s in sizes.index if s not in hidden]
            while rest and (len(hidden) < 2 or sizes[hidden].sum() < least):
                hidden.append(rest.pop(0))
        shown = table.drop(index=hidden)
        cases.append({
            "least": least, "segments": [names[s] for s in shown.index], "customers": shown.customers.tolist(),
            "value": shown.value.tolist(), "orders": shown.orders.tolist(), "suppressed": int(sizes[hidden].sum()),
        })
    return {"segment": segment.tolist(), "value": value.tolist(), "orders": orders.tolist(), "names": names, "cases": cases}


def channels():
    n = 300
    frame = pd.DataFrame({
        "channel": random.choice(4, n, p=[0.5, 0.3, 0.19, 0.01]), "cohort": random.integers(0, 3, n),
        "value": np.round(random.gamma(1.5, 80, n) - 20, 2),
    })
    spend = [9_000.0, 12_500.0, 400.0, 250.0]

    def mean(values):
        if len(values) < 2:
            return None
        low, high = stats.t.interval(LEVEL, len(values) - 1, values.mean(), stats.sem(values))
        return {"value": float(values.mean()), "interval": [float(low), float(high)]}

    rows = []
    for channel, own in frame.groupby("channel"):
        k, total, spent = len(own), own.value.sum(), spend[channel]
        poisson = stats.chi2.ppf([0.5 - LEVEL / 2, 0.5 + LEVEL / 2], [2 * k, 2 * k + 2]) / 2
        # Compound Poisson: the variance of the total is n·E[v²].
        error = np.sqrt(k * (own.value.var(ddof=0) + own.value.mean() ** 2)) / spent
        rows.append({
            "customers": k, "cac": spent / k, "cac_interval": [spent / poisson[1], spent / poisson[0]],
            "mean": mean(own.value), "ltv_to_cac": total / spent,
            "ltv_to_cac_interval": [total / spent - Z * error, total / spent + Z * error], "profit": total - spent,
        })
    cells = [
        {"channel": int(a), "cohort": int(b), "customers": int(len(own)), "total": float(own.value.sum()), "mean": mean(own.value)}
        for (a, b), own in frame.groupby(["channel", "cohort"])
    ]
    return {**{c: frame[c].tolist() for c in frame}, "spend": spend, "rows": rows, "cells": cells}


def surveys():
    population, promoters, passives, detractors = 600, 90, 70, 40
    n = promoters + passives + detractors
    # Drawn without replacement from a population of the same shares.
    share = np.array([promoters, passives, detractors]) * population // n
    covariance = stats.multivariate_hypergeom.cov(share, n)
    score = np.array([1, 0, -1]) / n
    nps_error = float(np.sqrt(score @ covariance @ score))
    answers = random.integers(0, 11, 120)
    values = np.round(random.gamma(1.2, 100, 120), 2)
    unhappy = (answers <= 6).astype(float)
    r = (unhappy * values).sum() / values.sum()
    c = np.cov(np.stack([unhappy * values, values]), ddof=1)
    error = np.sqrt((c[0, 0] - 2 * r * c[0, 1] + r * r * c[1, 1]) / 120) / values.mean()
    strata, sizes = random.choice(3, 120, p=[0.6, 0.3, 0.1]), [900, 2000, 1100]
    weights = pd.Series(strata).map((pd.Series(sizes) / sum(sizes)) / pd.Series(strata).value_counts(normalize=True))
    z = np.where(answers >= 9, 1.0, np.where(answers <= 6, -1.0, 0.0))
    # Hajek's mean is weighted least squares on a constant; HC0 is its error under weights.
    hajek = sm.WLS(z, np.ones(120), weights=weights).fit(cov_type="HC0")
    groups = {k: z[strata == k] for k in range(3)}
    means = np.array([g.mean() for g in groups.values()])
    inverse = np.array([len(g) / g.var() for g in groups.values()])
    pooled = (inverse * means).sum() / inverse.sum()
    return {
        "fpc": {"population": population, "counts": [promoters, passives, detractors], "nps_error": nps_error},
        "answers": answers.tolist(), "values": values.tolist(), "strata": strata.tolist(), "sizes": sizes,
        "weights": weights.tolist(), "weighted_nps": float(hajek.params[0]), "weighted_error": float(hajek.bse[0]),
        "groups_p_value": float(stats.chi2.sf((inverse * (means - pooled) ** 2).sum(), 2)),
        "detractor_share": float(r), "detractor_interval": [float(r - Z * error), float(r + Z * error)],
    }


def referrals():
    n = 60
    frame = pd.DataFrame({
        "referrer": random.integers(0, 8, n), "period": random.integers(0, 4, n).astype(float),
        "margin": np.round(random.normal(80, 40, n), 2), "referral_cost": np.round(random.uniform(0, 20, n), 2),
        "marketing_cost": np.round(random.uniform(0, 10, n), 2), "acquisition_saving": np.round(random.uniform(0, 30, n), 2),
        "incremental": random.choice([0.0, 0.4, 1.0], n),
    })
    # Kumar, Petersen & Leone 2010: type 1 (would not have joined) and type 2, mixed by the probability.
    type_1 = frame.margin - frame.referral_cost - frame.marketing_cost + frame.acquisition_saving
    type_2 = frame.acquisition_saving - frame.referral_cost
    present = 1.08 ** -frame.period
    one = (frame.incremental * type_1 * present).groupby(frame.referrer).sum().reindex(range(9), fill_value=0.0)
    two = ((1 - frame.incremental) * type_2 * present).groupby(frame.referrer).sum().reindex(range(9), fill_value=0.0)
    return {**{c: frame[c].tolist() for c in frame}, "rate": 0.08, "referrers": 9, "value": (one + two).tolist(), "incremental_value": one.tolist()}


def strategies():
    n, names = 500, ["Loyal", "New customers", "At risk"]
    frame = pd.DataFrame({
        "segment": random.choice(3, n), "value": np.round(random.gamma(1, 100, n)), "risk": np.round(random.random(n), 2)})
    rank = frame.value.rank(method="min", ascending=False)
    value = np.where(rank <= 100, "high", np.where(rank <= 250, "medium", "low"))
    risk = pd.cut(frame.risk, [-1, 0.3, 0.6, 2], right=False, labels=["low", "medium", "high"]).astype(str)
    grid = {
        ("high", "low"): "reward and grow", ("high", "medium"): "preventive contact", ("high", "high"): "personal retention",
        ("medium", "low"): "cross-sell", ("medium", "medium"): "automated programme",
        ("medium", "high"): "retention offer within its value", ("low", "low"): "serve at low cost",
        ("low", "medium"): "serve at low cost", ("low", "high"): "let go",
    }
    treatment = ["welcome" if names[s] == "New customers" else grid[v, r] for s, v, r in zip(frame.segment, value, risk)]
    frame["treatment"] = treatment
    frame["loss"] = frame.risk * frame.value
    overview = frame.groupby("treatment").agg(customers=("value", "size"), value=("value", "sum"), loss=("loss", "sum"))
    return {
        **{c: frame[c].tolist() for c in ("segment", "value", "risk")}, "names": names, "levels": value.tolist(), "risks": risk.tolist(),
        "treatment": treatment, "overview": {t: list(map(float, r)) for t, *r in overview.itertuples()},
    }


def unit_economics():
    margin = np.array([0.0, 9.0, 12.0, 12.0, 11.0, 10.0, 10.0, 10.0, 9.0, 9.0])
    survival = np.concatenate([[1.0], np.cumprod(np.linspace(0.7, 0.95, 9))])
    back = np.cumsum(margin * survival / 1.02 ** np.arange(10))
    future, value, cost = [500.0, 520.0, 0.0, 610.0], 84.0, 31.0
    present = float(sum(k * (value - cost) / 1.09 ** (t + 1) for t, k in enumerate(future)))
    # Lognormal cost, normal value: the ratio's quantiles by integration over the cost.
    sd, ce = 6.0, 2.0
    sigma = np.sqrt(np.log1p((ce / cost) ** 2))
    lognormal = stats.lognorm(sigma, scale=cost * np.exp(-(sigma**2) / 2))
    below = lambda q: integrate.quad(lambda c: lognormal.pdf(c) * stats.norm.cdf(q * c, value, sd), cost / 2, cost * 2, limit=300)[0]  # noqa: E731
    interval = [float(optimize.brentq(lambda q: below(q) - p, 0.5, 8)) for p in (0.025, 0.975)]
    size = 320
    power = NormalIndPower().solve_power(None, nobs1=80, alpha=0.05, power=0.8, ratio=(size - 80) / 80)
    return {
        "margin": margin.tolist(), "survival": survival.tolist(), "rate": 0.02, "costs": [5.0, 20.0, 30.0, float(back[-1]) + 0.01],
        "payback": [int(np.argmax(back >= c)) if (back >= c).any() else None for c in (5.0, 20.0, 30.0, back[-1] + 0.01)],
        "future": future, "value": value, "cost": cost, "future_equity": present, "value_error": sd, "cost_error": ce,
        "ratio": value / cost, "ratio_interval": interval, "list": size, "detectable_in_deviations": float(power),
    }


def value_bridge():
    n = 200
    frame = pd.DataFrame({
        "acquired": random.random(n) < 0.2, "purchased": random.random(n) < 0.5, "lost": random.random(n) < 0.2,
        "before": np.round(random.gamma(2, 30, n), 2), "same": np.round(random.gamma(2, 30, n), 2), "after": np.round(random.gamma(2, 31, n), 2),
    })
    frame.loc[frame.acquired, "before"] = 0.0
    cause = np.select([frame.acquired, frame.lost, frame.purchased], ["acquisition", "loss", "purchases"], "expectations")
    moved = (frame.same - frame.before).groupby(cause).agg(["size", "sum"])
    parts = {str(k): [int(r["size"]), float(r["sum"])] for k, r in moved.iterrows()}
    parts["start"] = [int((~frame.acquired).sum()), float(frame.before.sum())]
    parts["refit"] = [n, float((frame.after - frame.same).sum())]
    parts["end"] = [n, float(frame.after.sum())]
    return {**{c: frame[c].tolist() for c in frame}, "parts": parts}


def concentration():
    """Definitions other than the ranked formula: mean absolute differences, areas under drawn curves."""
    revenue = np.round(random.lognormal(3, 1.2, 80), 2)
    profit = np.round(random.normal(5, 20, 80), 2)
    share = revenue / revenue.sum()
    down = np.sort(profit)[::-1].cumsum() / profit.sum()
    peak = int(np.argmax(down))
    return {
        "revenue": revenue.tolist(), "profit": profit.tolist(),
        "gini": float(np.abs(revenue[:, None] - revenue[None, :]).mean() / (2 * revenue.mean())),
        "hhi": float((share**2).sum()), "top_fifth": float(np.sort(share)[::-1][:16].sum()),
        "peak": float(down[peak]), "peak_at": (peak + 1) / 80, "erosion": float(down[peak] - 1),
        "area": float(np.trapezoid(np.concatenate([[0.0], down]), dx=1 / 80)),
    }


def main():
    orders = simulated_orders()
    as_of = pd.Timestamp("2025-02-18 23:59:59")
    result = {
        "level": LEVEL,
        "orders": {
            "customer": orders.customer.tolist(), "date": orders.date.dt.strftime("%Y-%m-%d").tolist(),
            "amount": orders.amount.tolist(), "profit": orders.profit.tolist(), "as_of": "2025-02-18",
        },
        "cohorts": cohorts(orders, as_of), "growth": growth(orders, as_of), "pipeline": pipeline(), "stages": stages(),
        "hashes": hashes(), "aggregates": aggregates(), "channels": channels(), "surveys": surveys(), "referrals": referrals(),
        "strategies": strategies(), "unit_economics": unit_economics(), "value_bridge": value_bridge(), "concentration": concentration(),
    }
    with open(sys.argv[1] if len(sys.argv) > 1 else "customer_base.json", "w") as file:
        json.dump(result, file, separators=(",", ":"))


if __name__ == "__main__":
    main()
