"""The gamma-gamma model of spend [FH]."""

from mpmath import mp, mpf

from precise.agreement import agree, as_double, log_uniform


def gamma_gamma_log_likelihood(p, q, v, x, z):
    """[FH] eq. (1a): the density of a mean z over x purchases."""
    return (mp.loggamma(p * x + q) - mp.loggamma(p * x) - mp.loggamma(q)
            + q * mp.log(v) + (p * x - 1) * mp.log(z) + p * x * mp.log(x)
            - (p * x + q) * mp.log(x * z + v))


def gamma_gamma_rows(rng):
    cases = [(6.25, 3.74, 15.44, 2, 25.0), (6.25, 3.74, 15.44, 1, 35.5),
             (0.01, 0.01, 0.01, 1, 1e-3), (1e3, 1e3, 1e3, 100000, 1e6),
             (1e3, 0.01, 1e3, 100000, 1e-3), (0.01, 1e3, 0.01, 3, 1e6),
             (1.0, 1.0, 1.0, 1, 1.0), (0.5, 0.5, 10.0, 1, 20.0)]
    while len(cases) < 26:
        x = max(1, int(log_uniform(rng, 0.7, 1e5)))
        cases.append((log_uniform(rng, 0.01, 1e3), log_uniform(rng, 0.01, 1e3),
                      log_uniform(rng, 0.01, 1e3), x, log_uniform(rng, 1e-3, 1e6)))
    rows = []
    for number, case in enumerate(cases):
        p, q, v, z = (mpf(case[i]) for i in (0, 1, 2, 4))
        x = case[3]
        k, scale = p * x + q, x * z + v
        psi0, psi1 = (lambda s: mp.psi(0, s)), (lambda s: mp.psi(1, s))
        grad = [x * (psi0(k) - psi0(p * x) + mp.log(x * z) - mp.log(scale)),
                psi0(k) - psi0(q) + mp.log(v) - mp.log(scale),
                q / v - k / scale]
        hess = [[x * x * (psi1(k) - psi1(p * x)), x * psi1(k), -x / scale],
                [None, psi1(k) - psi1(q), 1 / v - 1 / scale],
                [None, None, -q / v ** 2 + k / scale ** 2]]
        theta = [p, q, v]
        for i in range(3):
            for j in range(i, 3):
                hess[i][j] = hess[i][j] * theta[i] * theta[j]
            hess[i][i] += grad[i] * theta[i]
            for j in range(i):
                hess[i][j] = hess[j][i]
        grad = [g * s for g, s in zip(grad, theta)]
        value = gamma_gamma_log_likelihood(p, q, v, x, z)
        if number % 3 == 0:
            with mp.workdps(80):
                logs = [mp.log(s) for s in theta]

                def f(*point):
                    return gamma_gamma_log_likelihood(
                        *[mp.exp(s) for s in point], x, z)

                for i in range(3):
                    order = [0] * 3
                    order[i] = 1
                    agree("gamma_gamma: gradient by mpmath.diff",
                          mp.diff(f, logs, tuple(order)), grad[i],
                          scale=abs(grad[i]) + abs(value))
                    for j in range(i, 3):
                        order = [0] * 3
                        order[i] += 1
                        order[j] += 1
                        agree("gamma_gamma: hessian by mpmath.diff",
                              mp.diff(f, logs, tuple(order)), hess[i][j],
                              scale=abs(hess[i][j]) + abs(value))
        row = {"p": case[0], "q": case[1], "v": case[2], "x": x, "z": case[4],
               "log_likelihood": as_double(value),
               "gradient": [as_double(g) for g in grad],
               "hessian": [[as_double(h) for h in line] for line in hess]}
        if k > 1:
            row["expected"] = as_double(p * scale / (k - 1))
        rows.append(row)
    return rows
