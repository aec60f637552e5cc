# SPDX-License-Identifier: GPL-2.0
"""The disk that boot.S boots from: itself, and what it loads."""
import os
import struct

import kernel

SECTOR = 512
LOADER_SECTORS = 8  # SECTORS in boot.S
MAX_ENTRIES = (SECTOR - 24) // 12 - 1
ZERO_PAGE = 0x10000
COMMAND_LINE = 0x20000
TOP_RESERVED = 2 << 20  # the BIOS keeps its ACPI tables at the end of RAM
BELOW_PCI = 2 << 30


def zero_page(bzimage, ramdisk, ramdisk_size, cmdline_size):
    """boot_params but for the memory map, which the loader adds."""
    page = bytearray(4096)
    header = kernel.setup_header(bzimage)
    page[kernel.HEADER:kernel.HEADER + len(header)] = header
    if cmdline_size > struct.unpack_from('<I', page, 0x238)[0]:
        raise ValueError('kernel command line too long')
    struct.pack_into('<H', page, 0x1fa, 0xffff)  # vid_mode: normal
    page[0x210] = 0xff  # type_of_loader: none that has a number
    page[0x211] |= 0x01  # loadflags: loaded high
    struct.pack_into('<II', page, 0x218, ramdisk, ramdisk_size)
    struct.pack_into('<I', page, 0x228, COMMAND_LINE)
    return bytes(page)


def read(*path):
    with open(os.path.join(*path), 'rb') as f:
        return f.read()


def build(path, payload, memory, feature_control):
    """Write the disk image; what it loads must fit into memory bytes of RAM."""
    initramfs, cmdline = payload.initramfs, payload.cmdline.encode() + b'\0'
    entry, loads, kernel_end = kernel.segments(read(payload.line, 'vmlinux'))
    ramdisk = (min(memory, BELOW_PCI) - TOP_RESERVED - len(initramfs)) & ~0xfff
    if ramdisk < kernel_end:
        raise ValueError(f'{memory >> 20} MiB of memory do not hold kernel and files')
    page = zero_page(read(payload.line, 'vmlinuz'), ramdisk, len(initramfs), len(cmdline))
    loads = [(ZERO_PAGE, page), (COMMAND_LINE, cmdline), *loads, (ramdisk, initramfs)]
    if len(loads) > MAX_ENTRIES:
        raise ValueError('too many kernel segments')

    table = struct.pack('<IIIIQ', entry, ZERO_PAGE, feature_control is not None, 0, feature_control or 0)
    sector = LOADER_SECTORS
    for address, data in loads:
        count = -(-len(data) // SECTOR)
        table += struct.pack('<III', address, sector, count)
        sector += count

    with open(path, 'wb') as f:
        f.write(read(payload.programs, 'boot.bin')[:(LOADER_SECTORS - 1) * SECTOR])
        f.write(table.ljust(SECTOR, b'\0'))
        for _, data in loads:
            f.write(data)
            f.write(bytes(-len(data) % SECTOR))
