#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an idle session costs. A sanitizer's build costs more, and is not asked."""
import idle_sessions
import mailvoid


class Memory(idle_sessions.TestCase):
    def test_an_idle_session_costs_at_most_256_octets(self):
        self.assertLessEqual(self.cost(1000, 5000), idle_sessions.SESSION_OCTETS_MAX)


if __name__ == "__main__":
    mailvoid.main()
