"""Reads a body with the parser of prometheus_client and prints what it understood as JSON; exits 1 with the reason otherwise."""

import json
import sys

from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families as parse_text

PARSERS = {"text": parse_text, "openmetrics": parse_openmetrics}


def main() -> int:
    body = sys.stdin.buffer.read().decode("utf-8", errors="strict")
    try:
        families = list(PARSERS[sys.argv[1]](body))
    except ValueError as error:
        print(f"refused: {error}", file=sys.stderr)
        return 1
    json.dump(
        [
            {
                "name": family.name,
                "type": family.type,
                "unit": family.unit,
                "help": family.documentation,
                "samples": [
                    {"name": s.name, "labels": s.labels, "value": repr(float(s.value))}
                    for s in family.samples
                ],
            }
            for family in families
        ],
        sys.stdout,
    )
    return 0


sys.exit(main())
