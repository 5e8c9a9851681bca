# SPDX-License-Identifier: Apache-2.0
"""A kernel that forbids or lacks a part of io_uring, for one child: a seccomp filter set before exec."""
import ctypes
import struct

SETUP, ENTER, REGISTER = 425, 426, 427  # the same on x86-64 and AArch64
REGISTER_RING_FDS, REGISTER_PBUF_RING = 20, 22

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _MODE_FILTER = 38, 22, 2
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_OFFSET_OF_CALL, _OFFSET_OF_SECOND_ARGUMENT = 0, 24  # the low half of the latter, little-endian


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def _install(instructions):
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in instructions)
    memory = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(instructions), ctypes.addressof(memory))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program)):
        raise OSError(ctypes.get_errno(), "cannot install a seccomp filter")


def failing(call, error, opcode=None):
    """For before_exec: `call` fails with `error`; with `opcode`, only io_uring_register of that operation."""
    return _when(call, opcode, _ERRNO | error)


def killing(call, opcode=None):
    """For before_exec: whoever makes this call is killed by SIGSYS."""
    return _when(call, opcode, _KILL)


def _when(call, opcode, action):
    def install():
        if opcode is None:
            _install([(_LOAD, 0, 0, _OFFSET_OF_CALL), (_JUMP_IF_EQUAL, 0, 1, call),
                      (_RETURN, 0, 0, action), (_RETURN, 0, 0, _ALLOW)])
        else:
            _install([(_LOAD, 0, 0, _OFFSET_OF_CALL), (_JUMP_IF_EQUAL, 0, 3, call),
                      (_LOAD, 0, 0, _OFFSET_OF_SECOND_ARGUMENT), (_JUMP_IF_EQUAL, 0, 1, opcode),
                      (_RETURN, 0, 0, action), (_RETURN, 0, 0, _ALLOW)])
    return install
