"""Run by path in a Python of its own, so it imports nothing of the package: how a server dies with its launcher.

    python -I -S tether.py run LAUNCHER FD PROGRAM [ARGUMENT ...]

becomes the program, after it has seen to it that the program is killed when the launcher is gone. Code between fork
and exec in the launcher itself (`preexec_fn`) could do the same, but may wait forever for a lock that a thread held.
Without a descriptor (FD is -) Linux is asked for the signal; else the descriptor leads to

    python -I -S tether.py watch

which reads `+PID` and `-PID`, and at the end of its input, which comes when the launcher is gone in whatever way, kills
those that are left.
"""

import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def run(launcher: int, descriptor: str, program: list[str]) -> None:
    """Become a program that dies with the launcher."""
    if descriptor == "-":
        import ctypes  # noqa: PLC0415  (not needed by the other ways)

        if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0):
            sys.exit(f"stubredis: cannot tie {program[0]} to its launcher: {os.strerror(ctypes.get_errno())}")
    else:
        os.write(int(descriptor), b"+%d\n" % os.getpid())
        os.set_inheritable(int(descriptor), False)
    if os.getppid() != launcher:
        os._exit(1)  # it died before it could be noticed, and there is nobody to tell
    for name in ("SIGPIPE", "SIGXFSZ"):  # which Python ignores
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    try:
        os.execv(program[0], program)
    except OSError as error:
        print(f"cannot run {program[0]}: {error.strerror}", file=sys.stderr)
        sys.exit(126)


def watch() -> None:
    """Kill the servers that outlive their launcher, and what they have started."""
    alive: set[int] = set()
    for line in sys.stdin.buffer:
        (alive.add if line[:1] == b"+" else alive.discard)(int(line[1:]))
    for pid in alive:
        try:
            # Each has led a group, which is there as long as any of it lives, even if the leader does not.
            os.killpg(pid, signal.SIGKILL)
        except OSError:
            continue


if __name__ == "__main__":
    if sys.argv[1] == "watch":
        watch()
    else:
        run(int(sys.argv[2]), sys.argv[3], sys.argv[4:])
