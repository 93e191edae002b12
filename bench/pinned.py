"""`python -m bench.pinned CORE PROGRAM …`: becomes a program that stays on one core, as our own servers do."""

import os
import sys

from bench.machine import pin

if __name__ == "__main__":
    pin(int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])
