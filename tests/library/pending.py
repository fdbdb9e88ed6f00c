"""`python -m tests.library.pending` writes to pending.txt which cases the compiler refuses, and prints which fail."""

import warnings
from collections import Counter
from pathlib import Path

from adcompiler import CompileError
from tests.library.cases import CASES, DOMAIN, FLOAT64_ONLY
from tests.library.kinks import EQUALS, KINKS, check_kink, gradients_at
from tests.library.programs import check, check_single, compiled_result

WORDS = ("pass", "refused", "wrong", "crash", "single")


def steps(label):
    """What is done with a case or kink, one after the other, and what it is called when it fails."""
    if label in CASES:
        exempt = {label, label.rpartition("-")[0]} & FLOAT64_ONLY
        return [("crash", compiled_result), ("wrong", check), ("single", lambda case: check_single(case, exempt))]
    return [("crash", gradients_at), ("wrong", check_kink)]


def outcome(label):
    """What comes of a case or kink, in a word, and the message."""
    for word, step in steps(label):
        try:
            step(label)
        except CompileError as error:
            return "refused" if word == "crash" else word, str(error).splitlines()[0]
        except Exception as error:
            return word, f"{type(error).__name__}: {' '.join(str(error).split())}"
    return "pass", ""


def main():
    """Runs every case, counts what comes of it by domain, and lists the refused."""
    warnings.simplefilter("ignore")
    texts = CASES | {label: line[0] for label, line in (KINKS | EQUALS).items()}
    outcomes = {label: outcome(label) for label in texts}
    for label, (word, message) in outcomes.items():
        if word not in ("pass", "refused"):
            print(f"{word}  {label}  {texts[label]!r}\n    {message[:300]}")
    counts = Counter((DOMAIN.get(label.rpartition("-")[0], "kinks"), word) for label, (word, _) in outcomes.items())
    for domain in sorted({domain for domain, _ in counts}):
        print(f"{domain:12}", *(f"{word} {counts[domain, word]:4}  " for word in WORDS))
    refused = [label for label, (word, _) in outcomes.items() if word == "refused"]
    Path(__file__).with_name("pending.txt").write_text("".join(f"{label}\n" for label in refused))


if __name__ == "__main__":
    main()
