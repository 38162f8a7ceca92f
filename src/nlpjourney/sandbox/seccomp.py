"""System calls that the kernel refuses: other processes, the network, signals to others, higher limits (seccomp, Linux 3.17).

A filter is a little program for the kernel's packet filter machine (McCanne and Jacobson, 1993), which looks at the number and
the arguments of each call and says what becomes of it. It stays until the process ends. Standard library only at import: the
sandboxed runner loads this file by itself.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

SET_FILTER, FLAG_ALL_THREADS, NO_NEW_PRIVILEGES = 1, 1, 38
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000, 0x80000000
LOAD, AND, EQUAL, AT_LEAST, RETURN = (
    0x20,
    0x54,
    0x15,
    0x35,
    0x06,
)  # of the filter machine: load a word, mask it, jump, return
X32 = 0x40000000  # x86-64's second set of the same calls
CLONE_THREAD, PR_SET_PDEATHSIG, F_SETOWN, F_SETOWN_EX = 0x10000, 1, 8, 15
FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR = 0x40086602, 0x401C5820

# Architecture, as the kernel names it, and the number of the call `seccomp` there.
MACHINES = {"x86_64": (0xC000003E, 317), "aarch64": (0xC00000B7, 277)}

# Name: number on x86-64, on ARM64 (which lacks the old ones).
REFUSED = {
    # other processes
    "vfork": (58, None), "fork": (57, None), "execve": (59, 221), "execveat": (322, 281), "ptrace": (101, 117),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "kcmp": (312, 272),
    "process_madvise": (440, 440), "process_mrelease": (448, 448), "setpriority": (141, 140), "ioprio_set": (251, 30),
    "sched_setparam": (142, 118), "sched_setscheduler": (144, 119), "sched_setattr": (314, 274),
    "migrate_pages": (256, 238), "move_pages": (279, 239),
    # its own group, session and limits are not left
    "setsid": (112, 157), "setpgid": (109, 154), "setrlimit": (160, 164),
    # the network, and what would get past this filter
    "socket": (41, 198), "socketpair": (53, 199), "io_uring_setup": (425, 425), "bpf": (321, 280),
    "userfaultfd": (323, 282), "perf_event_open": (298, 241),
    # memory that no limit counts
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "semget": (64, 190), "msgget": (68, 186),
    "mq_open": (240, 180), "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    # files: what Landlock does not rule
    "truncate": (76, 45), "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54), "utime": (132, None),
    "utimes": (235, None), "futimesat": (261, None), "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "setxattrat": (463, 463), "removexattrat": (466, 466), "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262), "file_setattr": (469, 469),
    # the machine, where the process is root's
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "unshare": (272, 97), "setns": (308, 268),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsmount": (432, 432), "mount_setattr": (442, 442),
    "swapon": (167, 224), "swapoff": (168, 225), "reboot": (169, 142), "sethostname": (170, 161), "setdomainname": (171, 162),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "iopl": (172, None), "ioperm": (173, None), "acct": (163, 89), "syslog": (103, 116),
    "quotactl": (179, 60), "clock_settime": (227, 112), "clock_adjtime": (305, 266), "settimeofday": (164, 170),
    "adjtimex": (159, 171), "sync": (162, 81), "vhangup": (153, 58), "setuid": (105, 146), "setgid": (106, 144),
}  # fmt: skip
# These take their arguments from memory, where the filter cannot look: the C library then falls back on the older calls below.
UNKNOWN = {"clone3": (435, 435), "openat2": (437, 437)}

Instruction = tuple[int, int, int, int]  # what, jump if true, jump if false, operand


def available() -> bool:
    """Whether this is a Linux on a processor whose calls are known here."""
    return platform.system() == "Linux" and platform.machine() in MACHINES


def restrict() -> None:
    """Have the kernel refuse these calls to all threads of this process from now on. Raises OSError where it does not."""
    program = _program(platform.machine(), os.getpid())
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in program))
    libc = ctypes.CDLL(None, use_errno=True)
    word = ctypes.c_ulong
    done = libc.prctl(NO_NEW_PRIVILEGES, word(1), word(0), word(0), word(0)) or libc.syscall(
        ctypes.c_long(MACHINES[platform.machine()][1]),
        word(SET_FILTER),
        word(FLAG_ALL_THREADS),
        struct.pack("@HP", len(program), ctypes.addressof(code)),
    )
    if done:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _program(machine: str, me: int) -> list[Instruction]:
    column = list(MACHINES).index(machine)
    steps: list[Instruction] = [(LOAD, 0, 0, 4), (EQUAL, 1, 0, MACHINES[machine][0]), _give(KILL), (LOAD, 0, 0, 0)]
    steps += [(AT_LEAST, 0, 1, X32), _give(REFUSE | errno.EPERM)]
    for calls, error in ((REFUSED, errno.EPERM), (UNKNOWN, errno.ENOSYS)):
        for numbers in calls.values():
            if (number := numbers[column]) is not None:
                steps += [(EQUAL, 0, 1, number), _give(REFUSE | error)]
    access = os.O_ACCMODE | os.O_TRUNC
    only_if: list[tuple[tuple[int, int], list[tuple[float, int, int]]]] = [
        ((56, 220), [(0, CLONE_THREAD, CLONE_THREAD)]),  # clone: a thread is no process
        ((62, 129), [(0, -1, me)]),  # kill, tkill, tgkill: itself
        ((200, 130), [(0, -1, me)]),
        ((234, 131), [(0, -1, me)]),
        ((203, 122), [(0, -1, 0)]),  # sched_setaffinity
        ((302, 261), [(0, -1, 0), (2, -1, 0), (2.5, -1, 0)]),  # prlimit64: only to ask for its own limits
    ]
    for both, conditions in only_if:
        steps += _only_if(both[column], conditions)
    for numbers, flags in (
        ((257, 56), 2),
        ((2, None), 1),
    ):  # openat, open: not to empty a file that is opened for reading
        if (number := numbers[column]) is not None:
            steps += [
                (EQUAL, 0, 5, number), (LOAD, 0, 0, 16 + 8 * flags), (AND, 0, 0, access), (EQUAL, 0, 1, os.O_TRUNC),
                _give(REFUSE | errno.EPERM), _give(ALLOW),
            ]  # fmt: skip
    never: list[tuple[tuple[int, int], int, list[int]]] = [
        ((157, 167), 0, [PR_SET_PDEATHSIG]),  # prctl: it dies with the process that started it
        ((72, 25), 1, [F_SETOWN, F_SETOWN_EX]),  # fcntl: no signals by way of a file
        ((16, 29), 1, [FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR]),  # ioctl: attributes, which `chattr` sets
    ]
    for both, argument, values in never:
        tests = [step for value in values for step in ((EQUAL, 0, 1, value), _give(REFUSE | errno.EPERM))]
        steps += [(EQUAL, 0, len(tests) + 2, both[column]), (LOAD, 0, 0, 16 + 8 * argument), *tests, _give(ALLOW)]
    return [*steps, _give(ALLOW)]


def _only_if(number: int, tests: list[tuple[float, int, int]]) -> list[Instruction]:
    """Refuse the call unless each (argument, mask, value) holds; argument 2.5 is the upper half of argument 2."""
    body: list[Instruction] = []
    for argument, mask, value in tests:
        body += [(LOAD, 0, 0, 16 + int(8 * argument)), (AND, 0, 0, mask & 0xFFFFFFFF), (EQUAL, 1, 0, value)]
        body.append(_give(REFUSE | errno.EPERM))
    return [(EQUAL, 0, len(body) + 1, number), *body, _give(ALLOW)]


def _give(answer: int) -> Instruction:
    return (RETURN, 0, 0, answer)
