"""Neural networks below the language models: how they are trained, and ELMo."""
