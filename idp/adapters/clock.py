"""The system's clock."""

import time


class SystemClock:
    """See `Clock`."""

    def now(self) -> int:
        return int(time.time())
