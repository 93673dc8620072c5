"""What the machine says of a disk that is full, broken or gone: never the fault of whoever sent a file."""

import errno
from typing import TypeGuard

# Neither EFBIG nor ENOMEM: those are the limits of a child, which a bomb runs into.
FAILURES = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.ESTALE, errno.ENODEV, errno.ENOTCONN, errno.ECONNABORTED}
)


def is_failing(error: BaseException | None) -> TypeGuard[OSError]:
    return isinstance(error, OSError) and error.errno in FAILURES
