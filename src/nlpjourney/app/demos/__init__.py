"""Model work of the demos, run in a worker process: plain arguments in, plain picklable data out."""
