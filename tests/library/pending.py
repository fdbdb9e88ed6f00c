"""`python -m tests.library.pending` writes to pending.txt which cases the compiler refuses, and prints which fail."""

from collections import Counter
from pathlib import Path

from adcompiler import CompileError
from tests.library.cases import CASES, DOMAIN
from tests.library.programs import check


def outcome(case):
    """What comes of a case, in a word, and the first line of the message."""
    try:
        check(case)
    except CompileError as error:
        return "refused", str(error).splitlines()[0]
    except AssertionError as error:
        return "wrong", " ".join(str(error).split())
    except Exception as error:
        return "crash", f"{type(error).__name__}: {error}".splitlines()[0]
    return "pass", ""


def main():
    """Runs every case, counts what comes of it by domain, and lists the refused."""
    outcomes = {case: outcome(case) for case in CASES}
    for case, (word, message) in outcomes.items():
        if word in ("wrong", "crash"):
            print(f"{word}  {case}  {CASES[case]!r}\n    {message[:300]}")
    counts = Counter((DOMAIN[case.rpartition("-")[0]], word) for case, (word, _) in outcomes.items())
    for domain in sorted({domain for domain, _ in counts}):
        print(f"{domain:12}", *(f"{word} {counts[domain, word]:4}  " for word in ("pass", "refused", "wrong", "crash")))
    refused = [case for case, (word, _) in outcomes.items() if word == "refused"]
    Path(__file__).with_name("pending.txt").write_text("".join(f"{case}\n" for case in refused))


if __name__ == "__main__":
    main()
