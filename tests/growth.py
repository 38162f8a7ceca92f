"""How the time of a function grows with its input: a test for what must not be quadratic, on a machine of any speed."""

import math
import time


def growth(function, make, n):
    """How many times longer `function` takes for a fourfold input, on average between `make(n // 32)` and `make(4 * n)`.

    Linear time gives 4, quadratic time 16. So wide a range, because memory of another kind (a larger cache, a new page) makes a
    step of its own, which shall not look like growth. Each is called until a hundredth of a second has gone, and the least of
    three such runs counts: other programs can only make one longer.
    """
    function(make(max(1, n // 32)))  # compiled and cached, if need be
    short, long = (_seconds_a_call(function, make(size)) for size in (max(1, n // 32), 4 * n))
    return (long / short) ** (math.log(4) / math.log(128))


def _seconds_a_call(function, argument):
    least = math.inf
    for _ in range(3):
        calls, start = 0, time.perf_counter()
        while (spent := time.perf_counter() - start) < 0.01:
            function(argument)
            calls += 1
        least = min(least, spent / calls)
    return least
