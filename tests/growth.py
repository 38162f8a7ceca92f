"""How the time of a function grows with its input: a test for what must not be quadratic, on a machine of any speed."""

import time


def growth(function, make, n, times=4):
    """The time for `make(times * n)` over that for `make(n)`, the least of three runs each: near `times` when it is linear.

    Quadratic time gives `times` squared. What takes less than a hundredth of a second is called so often that it takes as long,
    and every call counts, since some clocks do not tick oftener. Other programs can only make a run longer: hence the least.
    """
    small, large = make(n), make(times * n)
    function(small)  # compiled and cached, if need be
    start = time.perf_counter()
    function(small)
    calls = max(1, round(0.01 / max(time.perf_counter() - start, 1e-7)))

    def seconds(argument):
        start = time.perf_counter()
        for _ in range(calls):
            function(argument)
        return time.perf_counter() - start

    least = [min(seconds(argument) for _ in range(3)) for argument in (small, large)]
    return least[1] / least[0]
