"""NLP Journey: learn language models by running them."""
