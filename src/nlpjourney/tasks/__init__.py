"""NLP tasks."""
