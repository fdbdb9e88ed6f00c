"""`python -m tests.library.pending` writes to pending.txt which cases the compiler refuses, and prints which fail."""

import warnings
from collections import Counter
from pathlib import Path

from adcompiler import CompileError
from tests.library.cases import CASES, DOMAIN
from tests.library.kinks import EQUALS, KINKS, check_kink
from tests.library.programs import check


def outcome(checked, label):
    """What comes of a case or kink, in a word, and the message."""
    try:
        checked(label)
    except CompileError as error:
        return "refused", str(error).splitlines()[0]
    except AssertionError as error:
        return "wrong", " ".join(str(error).split())
    except Exception as error:
        return "crash", f"{type(error).__name__}: {error}".splitlines()[0]
    return "pass", ""


def main():
    """Runs every case, counts what comes of it by domain, and lists the refused."""
    warnings.simplefilter("ignore")
    texts = CASES | {label: line[0] for label, line in (KINKS | EQUALS).items()}
    outcomes = {label: outcome(check if label in CASES else check_kink, label) for label in texts}
    for label, (word, message) in outcomes.items():
        if word in ("wrong", "crash"):
            print(f"{word}  {label}  {texts[label]!r}\n    {message[:300]}")
    counts = Counter((DOMAIN.get(label.rpartition("-")[0], "kinks"), word) for label, (word, _) in outcomes.items())
    for domain in sorted({domain for domain, _ in counts}):
        print(f"{domain:12}", *(f"{word} {counts[domain, word]:4}  " for word in ("pass", "refused", "wrong", "crash")))
    refused = [label for label, (word, _) in outcomes.items() if word == "refused"]
    Path(__file__).with_name("pending.txt").write_text("".join(f"{label}\n" for label in refused))


if __name__ == "__main__":
    main()
