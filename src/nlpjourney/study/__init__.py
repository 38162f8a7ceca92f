"""The learner's side: roadmap, practices, checking, progress, systems, benchmarks. The library never imports it."""
