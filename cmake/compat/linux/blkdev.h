// SPDX-License-Identifier: Apache-2.0
// liburing 2.9's headers include this kernel header, which kernels before 6.12 do not have (Debian 12's
// linux-libc-dev among them), and an inline function there wants this one name of it. Nothing here calls it;
// where the system has the header, it is not looked for in this folder.
#pragma once
#include <sys/ioctl.h>

#define BLOCK_URING_CMD_DISCARD _IO(0x12, 0)
