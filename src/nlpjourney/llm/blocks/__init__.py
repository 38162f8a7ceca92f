"""The parts that language models are made of, each a small file."""
