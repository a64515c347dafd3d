"""What asv calls to bring its environment to one of the two that are compared.

Runs inside that environment: the standard library and pip only. The last line of the
requirements names the wheel of a commit that was built, as a comment.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "environments"))

import swap

WHEEL = "# wheel: "


def main() -> str | None:
    """Swap packages, with the wheel if there is one."""
    requirements = Path(sys.argv[1])
    last = requirements.read_text().splitlines()[-1]
    if last.startswith(WHEEL):
        sys.argv.append(last.removeprefix(WHEEL))
    return swap.main()


if __name__ == "__main__":
    sys.exit(main())
