# SPDX-License-Identifier: GPL-2.0
"""The machine that has no VMX: QEMU's own translator, whatever the host offers."""
import os
import subprocess

MODEL = 'max'


def panic(_work):
    return None


def was_reset(_work):
    return False  # it is an end of the emulator's, -no-reboot


def kernel_args(_model, _cpus, _line):
    # The kernel panics where too few timer interrupts come in so many TSC ticks, which are the host's time.
    return ['no_timer_check']


def models():
    listing = subprocess.run(['qemu-system-x86_64', '-cpu', 'help'], stdout=subprocess.PIPE, text=True,
                             check=True).stdout
    return [line.split()[1] for line in listing.splitlines() if line.startswith('x86 ')]


def command(work, options, payload, console):
    """How to start it; it writes what the guest sends to the debug port on its standard output."""
    if options.feature_control is not None or options.feature_control_others is not None:
        raise ValueError('no IA32_FEATURE_CONTROL without VMX')
    initramfs = os.path.join(work, 'initramfs')
    with open(initramfs, 'wb') as f:
        f.write(payload.initramfs)
    # Packed: it unpacks itself in a second here, and a debug kernel has no PVH entry point for an unpacked one.
    return ['qemu-system-x86_64', '-accel', 'tcg', '-machine', 'pc', '-cpu', options.model, '-smp', str(options.cpus),
            '-m', str(options.memory), '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot',
            '-kernel', os.path.join(payload.line, 'vmlinuz'), '-initrd', initramfs, '-append', payload.cmdline,
            '-serial', f'file:{console}', '-debugcon', 'stdio']
