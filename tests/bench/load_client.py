#!/usr/bin/python3
"""A client of the HTTP port on 127.0.0.1, run in a member's network namespace by load.py.

    load_client.py --ask PATH --count N     N requests one after the other, over one connection: JSON of what they took
    load_client.py --idle N --slow M        keeps N connections that say nothing and M that never end a header, until stdin ends
"""

import argparse
import json
import resource
import select
import socket
import sys
import time

PORT = 8008


def connect():
    made = socket.create_connection(("127.0.0.1", PORT))
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def ask(path, count):
    request = f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
    connection, taken, rest = connect(), [], b""
    began = time.perf_counter()
    for _ in range(count):
        sent = time.perf_counter()
        connection.sendall(request)
        while b"\r\n\r\n" not in rest:
            rest += received(connection)
        head, _, rest = rest.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head
        length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        while len(rest) < length:
            rest += received(connection)
        rest = rest[length:]
        taken.append(time.perf_counter() - sent)
    passed = time.perf_counter() - began
    print(json.dumps({"p99": sorted(taken)[int(len(taken) * 0.99)], "rate": count / passed}))


def received(connection):
    piece = connection.recv(65536)
    if not piece:
        sys.exit("the server closed the connection")
    return piece


def crowd(idle, slow):
    """Who is thrown out comes back: as many as were asked for keep trying."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    silent, slow_ones = [connect() for _ in range(idle)], [connect() for _ in range(slow)]
    print("there", flush=True)
    while not select.select([sys.stdin], [], [], 0.1)[0]:
        for place, connection in enumerate(slow_ones):
            try:
                connection.send(b"G")
            except OSError:
                connection.close()
                slow_ones[place] = connect()
    for connection in silent + slow_ones:
        connection.close()


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--ask")
    options.add_argument("--count", type=int, default=1000)
    options.add_argument("--idle", type=int, default=0)
    options.add_argument("--slow", type=int, default=0)
    given = options.parse_args()
    if given.ask:
        ask(given.ask, given.count)
    else:
        crowd(given.idle, given.slow)


if __name__ == "__main__":
    main()
