"""Jobs on several processes, each with containers of its own."""

import os
import pickle
import select
import signal
import time
import traceback


def in_parallel(jobs, work, workers, timeout):
    """[work(job, worker's number)] in the order of `jobs`; the first failure is raised when all have ended."""
    shares = [jobs[number::workers] for number in range(workers)]
    pipes = [_start(share, work, number) for number, share in enumerate(shares)]
    results, deadline = [], time.monotonic() + timeout
    try:
        for (pid, reader), share in zip(pipes, shares):
            results.append(_result(reader, deadline))
    finally:
        for pid, _ in pipes:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    for result in results:
        if isinstance(result, str):
            raise AssertionError(result)
    ordered = [None] * len(jobs)
    for number, result in enumerate(results):
        ordered[number::workers] = result
    return ordered


def _start(share, work, number):
    reader, writer = os.pipe()
    pid = os.fork()
    if pid != 0:
        os.close(writer)
        return pid, reader
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        try:
            result = [work(job, number) for job in share]
        except BaseException:
            result = traceback.format_exc()
        with open(writer, "wb") as stream:
            pickle.dump(result, stream)
        signal.pause()  # the containers are its children, and their end is waited for by no other
    finally:
        os._exit(0)


def _result(reader, deadline):
    data = b""
    with open(reader, "rb", buffering=0) as stream:
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([stream], [], [], left)[0]:
                return "the worker was not done in time"
            part = stream.read(1 << 16)
            if not part:
                return pickle.loads(data)
            data += part
