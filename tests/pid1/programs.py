"""What runs under the init in these tests: small Python programs, given to `python3 -c`."""

PYTHON = "/usr/bin/python3"


def python(program, *arguments):
    return [PYTHON, "-S", "-E", "-c", program, *map(str, arguments)]


# Prints `ready`, then the name of each signal it gets; ends with status 0 at the second of the same.
SIGNALS = """
import os, signal, sys
seen = set()
def note(number, frame):
    os.write(1, (signal.Signals(number).name + "\\n").encode())
    if number in seen:
        os._exit(0)
    seen.add(number)
for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD, 32, 33}:
    if int(number) < signal.SIGRTMIN:
        signal.signal(number, note)
print("ready", flush=True)
while True:
    signal.pause()
"""

# Makes `count` orphans that exit with 2 after `delay` seconds, prints `ready`, and stays.
ORPHANS = """
import os, signal, sys, time
count, delay = int(sys.argv[1]), float(sys.argv[2])
middle = os.fork()
if middle == 0:
    for _ in range(count):
        if os.fork() == 0:
            time.sleep(delay)
            os._exit(2)
    os._exit(0)
os.waitpid(middle, 0)
print("ready", flush=True)
signal.pause()
"""

# Makes orphans as fast as it can, on two processes, until it is ended.
STORM = """
import os, signal
os.fork()
for turn in range(10 ** 9):
    middle = os.fork()
    if middle == 0:
        for _ in range(20):
            if os.fork() == 0:
                os._exit(0)
        os._exit(0)
    os.waitpid(middle, 0)
    if turn == 20:
        os.write(1, b"ready\\n")
"""

# Starts a daemon (double fork, setsid) that says what SIGTERM does to it, and exits with 5 itself.
DAEMON = """
import os, signal, sys, time
stubborn = sys.argv[1] == "stubborn"
read, write = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        def told(number, frame):
            os.write(1, b"told\\n")
            if not stubborn:
                time.sleep(0.2)
                os.write(1, b"ended well\\n")
                os._exit(0)
        signal.signal(signal.SIGTERM, told)
        os.write(write, b"%d" % os.getpid())
        os.close(write)
        while True:
            signal.pause()
    os._exit(0)
os.close(write)
os.wait()
print(os.read(read, 20).decode(), flush=True)
sys.exit(5)
"""
