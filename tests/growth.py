"""How the time of a function grows with its input: a test for what must not be quadratic, on a machine of any speed."""

import time


def growth(function, make, n, times=4):
    """The time for `make(times * n)` over that for `make(n)`, the least of three runs each: near `times` when it is linear.

    Quadratic time gives `times` squared. `n` should be large enough for some hundredths of a second, so that what does not
    grow at all plays no part.
    """
    seconds = []
    for size in (n, times * n):
        argument, runs = make(size), []
        for _ in range(3):
            start = time.process_time()
            function(argument)
            runs.append(time.process_time() - start)
        seconds.append(min(runs))
    return seconds[1] / seconds[0]
