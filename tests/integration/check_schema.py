#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds JSON files to a JSON Schema (draft 2020-12); needs Debian's python3-jsonschema.

  check_schema.py SCHEMA FILE...    a line for each fault; exit 1 if there is one
"""
import json
import pathlib
import sys

import jsonschema


def main(schema_path, *paths):
    schema = json.loads(pathlib.Path(schema_path).read_text())
    kind = jsonschema.Draft202012Validator
    kind.check_schema(schema)
    judge, faults = kind(schema, format_checker=jsonschema.FormatChecker()), 0
    for path in paths:
        for fault in judge.iter_errors(json.loads(pathlib.Path(path).read_text())):
            print(f"{path}: {fault.json_path}: {fault.message[:500]}")
            faults += 1
    return 1 if faults else 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
