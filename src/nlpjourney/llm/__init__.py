"""Language models: their building blocks, the published architectures, and how text is drawn from them."""
