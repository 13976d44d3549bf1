"""GGompertz/NBD with mpmath, from its definition: integrals over the time of death. Run: python ggompertz.py > ggompertz.json"""

import json

import mpmath as mp

mp.mp.dps = 30


def row(r, alpha, b, s, beta, x, t_x, T, t, delta):
    r, alpha, b, s, beta, t_x, T, t, delta = map(mp.mpf, (r, alpha, b, s, beta, t_x, T, t, delta))
    S = lambda v: (beta / (beta + mp.expm1(b * v))) ** s
    f = lambda v: s * b * mp.e ** (b * v) * beta**s / (beta + mp.expm1(b * v)) ** (s + 1)

    def over(g, lo, hi):
        if hi <= lo:
            return mp.mpf(0)
        scale = min(alpha, beta / b, (hi - lo) / 4)
        points, v = [lo], scale / 2
        while lo + v < hi:
            points.append(lo + v)
            v *= mp.mpf("1.7")
        # Also where the hazard changes.
        if beta > 1:
            c = mp.log(beta) / b
            points += [c + k / b for k in range(-8, 12, 2) if lo < c + k / b < hi]
        return mp.quad(g, sorted(points) + [hi])

    like = lambda v: (alpha + v) ** -(r + x)
    norm = mp.gamma(r + x) / mp.gamma(r) * alpha**r
    alive = norm * like(T) * S(T)
    dead = norm * over(lambda v: like(v) * f(v), t_x, T)
    total = alive + dead
    R, A = r + x, alpha + T
    living = lambda v: S(T + v) / S(T)
    first = over(lambda v: mp.e ** (-delta * v) * living(v), mp.mpf(0), t)
    twice = over(lambda v: mp.e ** (-2 * delta * v) * living(v), mp.mpf(0), t)
    pairs = over(lambda v: (mp.e ** (-delta * v) - mp.e ** (-2 * delta * v)) / delta * living(v), mp.mpf(0), t)
    once = over(living, mp.mpf(0), t)
    p = alive / total
    nb = lambda n, v: mp.gamma(R + n) / mp.gamma(R) / mp.factorial(n) * (A / (A + v)) ** R * (v / (A + v)) ** n
    pmf = []
    for n in range(4):
        value = p * (living(t) * nb(n, t) + over(lambda v: nb(n, v) * f(T + v) / S(T), mp.mpf(0), t))
        pmf.append(value + (1 - p if n == 0 else 0))
    out = {
        "r": r, "alpha": alpha, "b": b, "s": s, "beta": beta, "x": x, "t_x": t_x, "T": T, "t": t, "delta": delta,
        "log_likelihood": mp.log(total), "p_alive": p, "p_dead": dead / total, "p_alive_after": p * living(t),
        "conditional": p * R / A * once, "no_purchase": pmf[0], "discounted": p * R / A * first,
        "discounted_square": p * (R / A * twice + 2 * R * (R + 1) / A**2 * pairs),
    }
    return {k: float(mp.nstr(v, 17)) for k, v in out.items()} | {"pmf": [float(mp.nstr(v, 17)) for v in pmf]}


ROWS = [
    (0.553, 10.578, 1e-4, 0.606, 1.1669e-3, 2, 30.43, 38.86, 39, 0.0018),
    (0.553, 10.578, 0.05, 0.606, 0.8, 0, 0, 38.86, 39, 0.0018),
    (1.5, 4.0, 0.2, 0.3, 500.0, 5, 20.0, 38.0, 52, 0.01),
    (0.8, 6.0, 0.1, 2.0, 1e5, 10, 50.0, 104.0, 52, 0.002),
    (0.8, 6.0, 1.5, 0.05, 1e4, 3, 2.0, 40.0, 26, 0.01),
    (3.0, 0.5, 0.01, 20.0, 30.0, 40, 30.0, 31.0, 12, 0.02),
    (0.2, 50.0, 3.0, 0.01, 0.001, 1, 1.0, 30.0, 10, 0.01),
    (1.0, 1.0, 1.0, 1.0, 1.0, 0, 0, 0.0, 5, 0.05),
    (0.7, 9.0, 0.03, 1.2, 4.0, 200, 60.0, 60.0, 20, 0.003),
]
print(json.dumps({"source": "mpmath, by ggompertz.py beside this file", "rows": [row(*r) for r in ROWS]}, indent=1))
