# SPDX-License-Identifier: Apache-2.0
"""What the checks of this folder have in common: their command line, and that each offence that is planted is found."""
import pathlib
import sys
import tempfile


def _self_test(offences, planted):
    failed = 0
    for name, content, expected in planted:
        with tempfile.TemporaryDirectory() as scratch:
            path = pathlib.Path(scratch) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
            found = list(offences(pathlib.Path(scratch)))
        right = expected in found[0] and len(found) == 1 if expected and found else not expected and not found
        if not right:
            failed += 1
            print(f"{name}: {content[:80]!r}\n  expected: {expected or 'nothing'}\n  found: {found}")
    print(f"{len(planted) - failed} passed, {failed} failed")
    return failed


def main(offences, planted, all_is_well):
    """`offences` gives a line for each below a root; `planted` are (file, content, what must be said of it, "" for
    nothing); `all_is_well` is what to say where there is none. Does not return."""
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(1 if _self_test(offences, planted) else 0)
    found = list(offences(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2])))
    print("\n".join(found) if found else all_is_well)
    sys.exit(1 if found else 0)
