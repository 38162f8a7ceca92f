"""Stage 7: models as they run outside the laboratory: files, quantization, an engine for the processor at hand."""
