"""Code that is not trusted, run in a process of its own: limited in time, memory, files and network, answers as plain data."""

from nlpjourney.sandbox.codec import NotPlain, decode, encode
from nlpjourney.sandbox.process import Outcome, run, run_trusted

__all__ = ["NotPlain", "Outcome", "decode", "encode", "run", "run_trusted"]
