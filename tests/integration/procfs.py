# SPDX-License-Identifier: Apache-2.0
"""What /proc tells of a process: whose a listening socket is, and how much memory is private to it."""
import os
import re
import socket
import struct

_LISTEN = "0A"
_ACCEPTS_CONNECTIONS = 0x10000  # __SO_ACCEPTCON


def parse_address(text):
    """("127.0.0.1", 25) of "127.0.0.1:25", ("::1", 25) of "[::1]:25", "/run/x" of "unix:/run/x"."""
    if text.startswith("unix:"):
        name = text.removeprefix("unix:")
        return "\0" + name[1:] if name.startswith("@") else name
    name, port = text.rsplit(":", 1)
    return name.strip("[]"), int(port)


def format_address(address):
    if isinstance(address, str):
        return "unix:" + address.replace("\0", "@", 1)
    name, port = address
    return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"


def host(hexadecimal):
    """"127.0.0.1" of "0100007F", as the tables below /proc/net have it."""
    words = bytes.fromhex(hexadecimal)
    octets = b"".join(struct.pack(">I", word) for (word,) in struct.iter_unpack("=I", words))
    return socket.inet_ntop(socket.AF_INET6 if len(octets) == 16 else socket.AF_INET, octets)


def listeners():
    """The inodes of the listening sockets of each address."""
    found = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(table, encoding="ascii") as lines:
            next(lines)
            for line in lines:
                fields = line.split()
                if fields[3] != _LISTEN:
                    continue
                address, port = fields[1].split(":")
                found.setdefault((host(address), int(port, 16)), set()).add(int(fields[9]))
    with open("/proc/net/unix", encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            fields = line.split()
            if len(fields) == 8 and int(fields[3], 16) & _ACCEPTS_CONNECTIONS:
                found.setdefault(parse_address("unix:" + fields[7]), set()).add(int(fields[6]))
    return found


def sockets_of(pid):
    """The inodes of the sockets that a process holds."""
    inodes = set()
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            link = os.readlink(f"/proc/{pid}/fd/{name}")
        except FileNotFoundError:
            continue
        match = re.fullmatch(r"socket:\[(\d+)\]", link)
        if match:
            inodes.add(int(match[1]))
    return inodes


def assert_listener_is(pid, address):
    """Every socket that listens at this address is held by that process, and there is one."""
    there = listeners().get(address, set())
    if not there or not there <= sockets_of(pid):
        raise AssertionError(f"{format_address(address)} is not, or not only, listened at by process {pid}")


def status(pid):
    """/proc/PID/status, or that of one of its threads given as "PID/task/TID"."""
    with open(f"/proc/{pid}/status", encoding="ascii") as lines:
        return dict(line.rstrip("\n").split(":\t", 1) for line in lines)


def peak_resident_bytes(pid):
    return int(status(pid)["VmHWM"].split()[0]) * 1024


def private_dirty_bytes(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as lines:
        for line in lines:
            if line.startswith("Private_Dirty:"):
                return int(line.split()[1]) * 1024
    raise AssertionError("no Private_Dirty in smaps_rollup")
