#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Where io_uring is forbidden or missing, both programs say why, and what to do, in one line."""
import errno
import socket

import mailvoid
import procfs
import seccomp


class Forbidden(mailvoid.TestCase):
    def assert_explained(self, before_exec, *parts):
        """Whoever is started says in one line what is wrong; nothing listens or connects."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        target = procfs.format_address(listener.getsockname())
        for command in (["mailvoid-sink", "--listen", "127.0.0.1:0", "--admin", "off"],
                        ["mailvoid-loadgen", target, "--messages", "1", "--admin", "off"]):
            with self.subTest(command[0]):
                ended = self.run_program(*command, before_exec=before_exec)
                self.assert_one_line(ended, f"{command[0]}: io_uring is not available: ", *parts, code=1)
                self.assertEqual(ended.out, "")
        listener.settimeout(0)
        self.assertRaises(BlockingIOError, listener.accept)

    def test_by_a_seccomp_filter_that_says_not_permitted(self):
        self.assert_explained(seccomp.failing(seccomp.SETUP, errno.EPERM), "seccomp", "allow",
                              "io_uring_setup")

    def test_by_a_seccomp_filter_that_says_no_such_call(self):
        self.assert_explained(seccomp.failing(seccomp.SETUP, errno.ENOSYS), "seccomp", "allow",
                              "io_uring_setup")

    def test_by_a_memory_limit(self):
        self.assert_explained(seccomp.failing(seccomp.SETUP, errno.ENOMEM), "memory", "ulimit -l")

    def test_by_a_kernel_without_the_flags(self):
        self.assert_explained(seccomp.failing(seccomp.SETUP, errno.EINVAL), "too old", "6.1")

    def test_by_a_kernel_without_provided_buffer_rings(self):
        before = seccomp.failing(seccomp.REGISTER, errno.EINVAL, seccomp.REGISTER_PBUF_RING)
        self.assert_explained(before, "too old", "6.1")

    def test_for_want_of_descriptors(self):
        self.assert_explained(seccomp.failing(seccomp.SETUP, errno.EMFILE), "file descriptors", "ulimit -n")

    def test_only_in_part(self):
        for call in (seccomp.ENTER, seccomp.REGISTER):
            with self.subTest(call):
                self.assert_explained(seccomp.failing(call, errno.EPERM), "seccomp", "io_uring_enter")

    def test_version_still_answers_and_says_so(self):
        for program in ("mailvoid-sink", "mailvoid-loadgen"):
            forbidden = seccomp.failing(seccomp.SETUP, errno.EPERM)
            ended = self.run_program(program, "--version", before_exec=forbidden)
            self.assertEqual(ended.code, 0, ended)
            self.assertRegex(ended.out, r"(?m)^io_uring .*seccomp")


if __name__ == "__main__":
    mailvoid.main()
