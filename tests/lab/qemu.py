# SPDX-License-Identifier: GPL-2.0
"""The machine that has no VMX: QEMU's own translator, whatever the host offers."""
import subprocess

MODEL = 'max'


def kernel_args(_model, _cpus):
    return []


def models():
    listing = subprocess.run(['qemu-system-x86_64', '-cpu', 'help'], stdout=subprocess.PIPE, text=True, check=True).stdout
    return [line.split()[1] for line in listing.splitlines() if line.startswith('x86 ')]


def command(_work, options, disk, console):
    """How to start it; it writes what the guest sends to the debug port on its standard output."""
    return ['qemu-system-x86_64', '-accel', 'tcg', '-machine', 'pc', '-cpu', options.model, '-smp',
            str(options.cpus), '-m', str(options.memory),
            '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-serial', f'file:{console}',
            '-drive', f'file={disk},format=raw,if=ide,snapshot=on', '-debugcon', 'stdio']
