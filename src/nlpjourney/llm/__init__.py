"""Language models: their building blocks, the published architectures, and how text is drawn from them."""


def warmup() -> None:
    """Compile every kernel of this package by running it on a few numbers."""
    from nlpjourney.llm.blocks import selective_scan

    selective_scan.warmup()
