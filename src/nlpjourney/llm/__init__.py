"""Language models: building blocks, the published architectures, their files, an engine, training, and drawing text."""
