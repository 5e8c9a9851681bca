# SPDX-License-Identifier: Apache-2.0
"""What the figures were made on, and how busy it was with other things."""
import fcntl
import os
import pathlib
import platform
import re
import resource
import shutil
import socket
import struct
import subprocess
import sys
import time

INSIDE = "MAILVOID_BENCH_NAMESPACE"
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
_BUSY_SHARE = 0.05  # of a core


def _read(path, default=""):
    try:
        return pathlib.Path(path).read_text(encoding="utf-8").strip()
    except OSError:
        return default


class Clock:
    """The machine's own books: CPU seconds stolen by the host, and spent in all, since it was made."""

    def __init__(self):
        self._before = self._now()

    @staticmethod
    def _now():
        fields = _read("/proc/stat").split("\n")[0].split()[1:9]
        user, nice, system, _, _, irq, softirq, steal = map(int, fields)
        ticks = os.sysconf("SC_CLK_TCK")
        return steal / ticks, (user + nice + system + irq + softirq) / ticks

    def read(self):
        return tuple(now - before for now, before in zip(self._now(), self._before))


def how_busy(seconds=2.0):
    """What others do while nothing of ours runs."""
    clock = Clock()
    time.sleep(seconds)
    steal, busy = clock.read()
    return {"load_average": round(os.getloadavg()[0], 2), "steal_share": round(steal / seconds, 3),
            "others_share": round(busy / seconds, 3),
            "busy": steal / seconds > _BUSY_SHARE or busy / seconds > _BUSY_SHARE}


def describe():
    cpu = re.search(r"^(?:model name|Model)\s*:\s*(.*)$", _read("/proc/cpuinfo"), re.MULTILINE)
    memory = re.search(r"^MemTotal:\s*(\d+)", _read("/proc/meminfo"), re.MULTILINE)
    release = re.search(r'^PRETTY_NAME="(.*)"', _read("/etc/os-release"), re.MULTILINE)
    return {"cpu": cpu[1] if cpu else platform.machine(), "cores": os.cpu_count(),
            "memory_bytes": int(memory[1]) * 1024 if memory else None,
            "kernel": platform.release(), "system": release[1] if release else platform.system(),
            "congestion_control": _read("/proc/sys/net/ipv4/tcp_congestion_control", None),
            "l2_cache": _read("/sys/devices/system/cpu/cpu0/cache/index2/size", None)}


def enter_namespace(arguments):
    """Starts this program again in a network namespace of its own, where no other traffic is, and does not
    return; or returns False where that is not allowed. True inside."""
    if os.environ.pop(INSIDE, None):
        _loopback_up()
        return True
    own = [] if os.geteuid() == 0 else ["--user", "--map-current-user", "--keep-caps"]
    command = ["unshare", *own, "--net", "--"]
    if not shutil.which("unshare"):
        return False
    if subprocess.run([*command, "true"], capture_output=True, check=False).returncode != 0:
        return False
    os.environ[INSIDE] = "1"
    os.execvp("unshare", [*command, sys.executable, *arguments])


def _loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))


def raise_limits():
    """As many descriptors as may be had; a thousand sessions need more than the usual 1,024."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
