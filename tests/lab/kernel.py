#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What the lab must know about a kernel image: the setup header and payload of a bzImage, the segments of a vmlinux.

A vmlinux that is unpacked here, once, need not unpack itself under emulation at every boot, where that is most of
the time.
"""
import struct
import subprocess
import sys

HEADER = 0x1f1  # where the setup header begins, in a bzImage as in the zero page
UNPACKERS = {b'\xfd7zXZ\x00': 'xz', b'\x28\xb5\x2f\xfd': 'zstd', b'\x1f\x8b': 'gzip', b'\x02\x21\x4c\x18': 'lz4'}


def setup_header(bzimage):
    """The setup header of a bzImage: the bytes that belong at the same offset of the zero page."""
    if bzimage[0x202:0x206] != b'HdrS':
        raise ValueError('not a bzImage')
    return bzimage[HEADER:0x202 + bzimage[0x201]]


def unpack(bzimage):
    """The ELF image packed inside a bzImage."""
    setup_header(bzimage)
    sectors = bzimage[HEADER] or 4
    offset, length = struct.unpack_from('<II', bzimage, 0x248)
    start = (sectors + 1) * 512 + offset
    packed = bzimage[start:start + length]
    tool = next((tool for magic, tool in UNPACKERS.items() if packed.startswith(magic)), None)
    if tool is None:
        raise ValueError('kernel payload of an unknown kind')
    if tool != 'gzip':
        packed = packed[:-4]  # the build appends the unpacked size
    image = subprocess.run([tool, '-dc'], input=packed, stdout=subprocess.PIPE, check=True).stdout
    if not image.startswith(b'\x7fELF'):
        raise ValueError('kernel payload is not an ELF image')
    return image


def segments(elf):
    """(entry, [(physical address, bytes)], end) of an ELF image; what lies between is zero, as RAM is at first."""
    entry, phoff = struct.unpack_from('<QQ', elf, 0x18)
    phentsize, phnum = struct.unpack_from('<HH', elf, 0x36)
    loads, end = [], 0
    for i in range(phnum):
        kind, _, offset, _, paddr, filesz, memsz = struct.unpack_from('<IIQQQQQ', elf, phoff + i * phentsize)
        if kind == 1:
            if filesz:
                loads.append((paddr, elf[offset:offset + filesz]))
            end = max(end, paddr + memsz)
    return entry, loads, end


def main():
    source, destination = sys.argv[1:]
    with open(source, 'rb') as f:
        image = unpack(f.read())
    with open(destination, 'wb') as f:
        f.write(image)


if __name__ == '__main__':
    main()
