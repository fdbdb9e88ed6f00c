"""Where autograd is known to be wrong, and why."""

AUTOGRAD_IS_WRONG: dict[str, str] = {}
