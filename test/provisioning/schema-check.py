"""Holds a file against a public schema: schema-check.py kubernetes|compose VERSION FILE prints a JSON list of mistakes."""
import importlib.util
import json
import os
import sys

import jsonschema
import yaml


def kubernetes(version, document):
    """Unknown fields are mistakes: the API server drops them in silence."""
    import kubernetes_validate

    try:
        kubernetes_validate.validate(document, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        return [f"{document.get('kind')}: {error.message} at {'.'.join(map(str, error.path))}"]
    except kubernetes_validate.InvalidSchemaError as error:
        return [f"{document.get('kind')}: {error}"]
    return []


def compose(_version, document):
    place = os.path.dirname(importlib.util.find_spec("compose").origin)
    with open(os.path.join(place, "config", "compose_spec.json"), encoding="utf8") as file:
        schema = json.load(file)
    validator = jsonschema.Draft7Validator(schema)
    return [f"{error.message} at {'.'.join(map(str, error.path))}" for error in validator.iter_errors(document)]


kind, version, path = sys.argv[1:]
check = {"kubernetes": kubernetes, "compose": compose}[kind]
with open(path, encoding="utf8") as file:
    documents = [document for document in yaml.safe_load_all(file) if document is not None]
print(json.dumps([finding for document in documents for finding in check(version, document)]))
