"""BG/CNBD-k and MBG/CNBD-k from first principles, with mpmath: given the rate everything is Erlang and Poisson, and the gamma
distribution of rates is integrated numerically. cpm sums negative binomial counts instead. Run: python regular.py > regular.json
"""

import json

import mpmath as mp

mp.mp.dps = 22


def row(k, at_first, r, alpha, a, b, x, t_x, T, t, delta):
    k, x = int(k), int(x)
    r, alpha, a, b, t_x, T, t, delta = map(mp.mpf, (r, alpha, a, b, t_x, T, t, delta))
    s = T - t_x
    chances = x + at_first

    R = r + k * x
    lo, hi = mp.log(R / (alpha + T)) - 50 / R - 5, mp.log((R + 60) / (alpha + t_x)) + 2
    # In y = ln λ the integrands are analytic and decay at both ends: the trapezoidal rule converges exponentially.
    step = mp.mpf(1) / 10
    rates = [mp.e ** (lo + step * i) for i in range(int((hi - lo) / step) + 1)]
    norm = r * mp.log(alpha) - mp.loggamma(r)
    weight = [step * mp.e ** (norm + (R) * mp.log(l) - (alpha + t_x) * l) for l in rates]

    def stayed(n):  # E[(1-p)^(chances+n)]
        return mp.beta(a, b + chances + n) / mp.beta(a, b)

    last = mp.beta(a + 1, b + chances - 1) / mp.beta(a, b) if chances > 0 else mp.mpf(0)

    def poisson(m, n):  # P(Poisson(m) = 0 .. n)
        terms = [mp.e**-m]
        for i in range(1, n + 1):
            terms.append(terms[-1] * m / i)
        return terms

    most = 90 // k + 10
    fewer = mp.mpf(0)  # stages of the silence < k
    for_ever = mp.mpf(0)  # all purchases to come, discounted
    joint = [mp.mpf(0)] * (most + 1)  # and at least n purchases within t, if no dropout
    discounted_joint = [mp.mpf(0)] * (most + 1)  # the n-th purchase, discounted
    for l, w in zip(rates, weight):
        silence = poisson(l * s, k - 1)
        fewer += w * mp.fsum(silence)
        worth = l / (l + delta)  # of a stage later
        purchases = mp.hyp2f1(b + chances, 1, a + b + chances, worth**k)
        for_ever += w * mp.fsum(silence[j] * worth ** (k - j) for j in range(k)) * purchases * stayed(0)
        tail = [mp.mpf(0)] * (most * k + 2)
        later = poisson(l * t, most * k + 60)
        rest = mp.fsum(later[most * k + 1 :])
        for m in range(most * k, -1, -1):
            rest += later[m]
            tail[m] = rest  # P(at least m stages within t)
        sooner = poisson((l + delta) * t, most * k + 60)
        rest = mp.fsum(sooner[most * k + 1 :])
        killed = [mp.mpf(0)] * (most * k + 2)
        for m in range(most * k, -1, -1):
            rest += sooner[m]
            killed[m] = rest * (l / (l + delta)) ** m
        for n in range(1, most + 1):
            for j in range(k):
                joint[n] += w * silence[j] * tail[n * k - j]
                discounted_joint[n] += w * silence[j] * killed[n * k - j]
    alive, dead = stayed(0) * fewer, last * mp.fsum(weight)
    total = alive + dead
    joint[0] = fewer
    assert joint[most] < mp.mpf(10) ** -16 * joint[1], (k, joint[most] / joint[1])
    g = [v / total for v in joint] + [mp.mpf(0)]
    e1 = mp.fsum(g[i] * stayed(i - 1) for i in range(1, most + 1))
    e2 = mp.fsum((2 * i - 1) * g[i] * stayed(i - 1) for i in range(1, most + 1))
    later = mp.fsum((g[i] - g[i + 1]) * stayed(i) for i in range(0, most + 1))
    pmf = [dead / total + (g[0] - g[1]) * stayed(0)]
    for i in range(1, 6):
        pmf.append((g[i] - g[i + 1]) * stayed(i) + g[i] * (stayed(i - 1) - stayed(i)))
    discounted = mp.fsum(stayed(i - 1) * discounted_joint[i] for i in range(1, most + 1)) / total
    f = lambda v: 0.0 if abs(v) < mp.mpf(10) ** -18 else float(mp.nstr(v, 17))
    return {
        "k": k, "at_first": at_first, "r": f(r), "alpha": f(alpha), "a": f(a), "b": f(b), "x": x, "t_x": f(t_x), "T": f(T),
        "t": f(t), "delta": f(delta),
        # Without the intervals: times Γ(k)^-x Π Δ^(k-1).
        "log_likelihood": f(mp.log(total)), "p_alive": f(alive / total), "p_alive_after": f(later), "conditional": f(e1),
        "square": f(e2), "no_purchase": f(pmf[0]), "pmf": [f(p) for p in pmf], "discounted": f(discounted),
        "for_ever": f(for_ever / total),
    }


ROWS = [
    (1, 0, 0.243, 4.414, 0.793, 2.426, 2, 30.43, 38.86, 39, 0.0018),
    (1, 1, 0.525, 6.183, 0.891, 1.614, 0, 0, 38.86, 39, 0.0018),
    (2, 0, 1.2, 3.0, 0.8, 2.5, 3, 21.5, 25.0, 12, 0.01),
    (2, 1, 1.2, 3.0, 0.8, 2.5, 0, 0, 25.0, 12, 0.01),
    (2, 1, 1.2, 3.0, 0.8, 2.5, 5, 22.0, 25.0, 12, 0.01),
    (3, 0, 0.5, 2.0, 1.0, 4.0, 0, 0, 30.0, 20, 0.005),
    (3, 1, 4.0, 1.5, 0.4, 3.0, 6, 12.0, 14.0, 6, 0.02),
    (5, 1, 6.0, 8.0, 0.3, 6.0, 4, 26.0, 52.0, 26, 0.002),
    (5, 0, 6.0, 8.0, 0.3, 6.0, 8, 52.0, 52.0, 13, 0.002),
    (4, 1, 2.0, 4.0, 0.9, 2.0, 0, 0, 0.0, 5, 0.01),
]
print(json.dumps({"source": "mpmath, by regular.py beside this file", "rows": [row(*r) for r in ROWS]}, indent=1))
