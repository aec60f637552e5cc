# SPDX-License-Identifier: GPL-2.0
"""Finds what a healthy kernel never logs."""
import re

# A crash of a user-space program is its caller's to judge by the exit status; the kernel logs it as
# "traps: NAME[PID] general protection fault ip:...", without the comma or colon.
SPLAT = re.compile(r'''
    \bBUG\b | \bWARNING:\  | \bOops\b | \bKASAN\b | \bKCSAN\b | \bKFENCE\b | \bUBSAN\b | \bKMSAN\b | cut\ here\ \] |
    Call\ Trace: | Kernel\ panic | general\ protection\ fault[,:] | double\ fault: | unhandled\ NMI | Machine\ check |
    [Uu]nable\ to\ handle\ (?:kernel|page) | INFO:\ task\ .*\ blocked | INFO:\ .*\ (?:stall|lock|key) |
    \bdetected\ stalls? | rcu:.*\ stall | soft\ lockup | hard\ LOCKUP | possible\ (?:circular|recursive|irq) |
    inconsistent\ lock\ state | suspicious\ RCU\ usage | scheduling\ while\ atomic | sleeping\ function\ called |
    refcount_t: | (?:add|del)\ corruption | unchecked\ MSR\ access | bad:\ (?:scheduling|unlock) |
    lock\ held\ when\ returning | NMI:\ .*reason\ [0-9a-f]+\ on\ CPU | kmemleak:\ \d |
    kmemleak:\ Cannot\ allocate | \bODEBUG\b | lockdep\ is\ turned\ off |
    turning\ off\ the\ locking | Disabling\ lock\ debugging | vmxprobe:\ CPU\ \d+\ no\ longer\ loads
    ''', re.VERBOSE)
TIMESTAMP = re.compile(r'^\[ *\d+\.\d+\](\[[^]]*\])? ?')
CONTEXT = 60
# Between these lines of guest/fault.h the kernel may say, with its stack, that it has no memory.
FAULTS = re.compile(r'\blab: allocations (fail|succeed) from here')
NO_MEMORY = re.compile(r': (?:vmalloc error|page allocation failure): .*\bmode:0x')
NO_MEMORY_LINES = 8


def without_panic(lines, text):
    """The lines without what a panic of this message consists of: itself, and the stack that led there."""
    out, inside = [], False
    for line in lines:
        bare = TIMESTAMP.sub('', line)
        if bare.startswith(f'Kernel panic - not syncing: {text}'):
            inside = True
        elif bare.startswith(f'---[ end Kernel panic - not syncing: {text}'):
            inside = False
        elif not (inside and bare.startswith('Call Trace:')):
            out.append(line)
    return out


def find(lines):
    """The offending lines, each with what follows it up to a bound; empty if there is none."""
    out, left, faults, excused = [], 0, False, 0
    for line in lines:
        if found := FAULTS.search(line):
            faults = found[1] == 'fail'
        if faults and NO_MEMORY.search(line):
            excused = NO_MEMORY_LINES
        elif excused and 'Call Trace:' in line:
            excused = 0
        elif SPLAT.search(line):
            left = CONTEXT
        excused = max(excused - 1, 0)
        if left:
            out.append(line)
            left -= 1
        if 'end trace' in line or '</TASK>' in line:
            left = min(left, 3)
    return out
