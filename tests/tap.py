"""tap.py - what a test in Python needs: named checks, printed as TAP."""

import sys

_count = 0
_failed = 0


def ok(condition, name, why=""):
    """One check; `why` is shown if it fails."""
    global _count, _failed
    _count += 1
    _failed += not condition
    print(f"{'ok' if condition else 'not ok'} {_count} - {name}")
    if not condition and why:
        print("# " + str(why).replace("\n", "\n# "))
    sys.stdout.flush()


def skip(name, reason):
    global _count
    _count += 1
    print(f"ok {_count} - {name} # SKIP {reason}")


def done():
    """Prints the plan and ends the program."""
    print(f"1..{_count}")
    sys.exit(1 if _failed else 0)
