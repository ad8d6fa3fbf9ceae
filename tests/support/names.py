"""A name server for a Lab: what a cluster's DNS says of the pods of a headless Service, both ways.

It is a process of its own in the Lab's namespace, reads the Lab's hosts file anew for each question, and answers at once: an
address, a name, or that there is none (NXDOMAIN). It dies with the tests.
"""

import ipaddress
import os
import signal
import socket
import struct

from . import kernel

A, PTR, AAAA = 1, 12, 28
NO_ERROR, NO_SUCH_NAME = 0, 3


def start(namespace, address, hosts_file):
    """Returns the process's PID; stop() ends it."""
    ready, announce = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
            kernel.setns(namespace, kernel.CLONE_NEWNET)
            listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            listener.bind((address, 53))
            os.write(announce, b"x")
            os.closerange(3, listener.fileno())
            os.closerange(listener.fileno() + 1, 4096)
            while True:
                question, sender = listener.recvfrom(4096)
                answer = reply(question, hosts_file)
                if answer:
                    listener.sendto(answer, sender)
        finally:
            os._exit(1)
    os.close(announce)
    if os.read(ready, 1) != b"x":
        raise RuntimeError("the name server of the lab did not start")
    os.close(ready)
    return pid


def stop(pid):
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def table(hosts_file):
    """{name: address} and {name of the reverse look-up: name}"""
    names, reverse = {}, {}
    with open(hosts_file) as file:
        for line in file:
            address, *known = line.split()
            if ":" in address or not known:
                continue
            names.update((name.lower(), address) for name in known)
            reverse[ipaddress.ip_address(address).reverse_pointer] = known[0]
    return names, reverse


def encoded(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def asked(message):
    """(name, type, end of the question)"""
    labels, at = [], 12
    while message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode())
        at += 1 + message[at]
    return ".".join(labels).lower(), struct.unpack_from("!H", message, at + 1)[0], at + 5


def reply(message, hosts_file):
    try:
        name, kind, end = asked(message)
        names, reverse = table(hosts_file)
    except (IndexError, struct.error, UnicodeDecodeError, FileNotFoundError):
        return None
    data = None
    if kind == A and name in names:
        data = socket.inet_aton(names[name])
    elif kind == PTR and name in reverse:
        data = encoded(reverse[name])
    status = NO_ERROR if name in names or name in reverse else NO_SUCH_NAME
    # Response, authoritative, recursion available; one question, at most one answer that lives for 0 s.
    head = struct.pack("!2sHHHHH", message[:2], 0x8580 | status, 1, 1 if data else 0, 0, 0)
    answer = struct.pack("!HHHIH", 0xC00C, kind, 1, 0, len(data)) + data if data else b""
    return head + message[12:end] + answer
