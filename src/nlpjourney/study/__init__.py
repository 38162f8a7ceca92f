"""The learner's side: roadmap, practices, checking, progress, systems, benchmarks. The library never imports it."""

import sys

# Jupyter's jsonschema builds a parser of international addresses when it finds this package: more than a second for a
# format that nothing here uses.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
