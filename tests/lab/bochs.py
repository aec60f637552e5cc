# SPDX-License-Identifier: GPL-2.0
"""The machine that has VMX: Bochs."""
import os
import re
import subprocess

import disk

MODEL = 'corei7_haswell_4770'
CYLINDER = 16 * 63 * 512
IPS = 25000000  # instructions per simulated second: fewer and the kernel's timers eat them, more and every wait is long
# Features that this Bochs announces and the kernel cannot use on it: TPAUSE and MWAITX sleep on without their timer, so
# that a delay never ends; 6.1 relies on ERMS where there is FSRM, but drops it since MISC_ENABLE says "no fast
# strings". Clearing them hides them from the kernel and /proc/cpuinfo; CPUID itself says what it said.
CLEARCPUID = {
    'corei7_icelake_u': ['waitpkg', 'fsrm'],
    'tigerlake': ['waitpkg', 'fsrm'],
    'ryzen': ['mwaitx'],
}
# Kernels before 5.18 know them by number only: the word of asm/cpufeatures.h times 32, and the bit.
FEATURES = {'ht': 28, 'mwaitx': 6 * 32 + 29, 'waitpkg': 16 * 32 + 5, 'fsrm': 18 * 32 + 4}
# The kernel finds the areas of the XSAVE image of these misordered, with a WARNING.
NOXSAVE = ('corei7_skylake_x', 'corei3_cnl', 'corei7_icelake_u', 'tigerlake')

BIOS = '/usr/share/bochs/BIOS-bochs-latest'
# Where that enables VMX in IA32_FEATURE_CONTROL and locks it: mov $0x3a, %ecx; rdmsr; or $5, %eax; wrmsr
BIOS_BOOT_CPU = bytes.fromhex('b93a0000000f3283c8050f30')
BIOS_OTHER_CPUS = bytes.fromhex('66b93a0000000f326683c8050f30')

CONFIG = '''\
display_library: rfb, options="timeout=0"
romimage: file={bios}
vgaromimage: file=/usr/share/vgabios/vgabios.bin
memory: guest={memory}, host={memory}
cpu: model={model}, count=1:{cpus}:1, ips={ips}, quantum=32, ignore_bad_msrs=1, reset_on_triple_fault=0
clock: sync=none, time0=utc
boot: disk
ata0-master: type=disk, path={disk}, mode=flat
com1: enabled=1, mode=file, dev={console}
port_e9_hack: enabled=1
sound: waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy
log: {log}
panic: action=fatal{reported}
error: action=ignore
info: action=ignore, pc_system=report
debug: action=ignore
'''


def kernel_args(model, cpus, line):
    clear = list(CLEARCPUID.get(model, []))
    # With one CPU, CPUID tells of more cores than logical CPUs: a WARNING of 6.12's. With more, its leaf 0xb begins with
    # the level of cores, which 5.10 takes for threads, of which it has only the first stay online.
    if cpus == 1 or line.startswith('5.'):
        clear.append('ht')
    # Some models' CPUID tells a TSC frequency: the real one's, a hundred times that of the emulation.
    # MWAIT misses writes of other CPUs now and then, and an idle CPU then sleeps on for up to a second and more.
    args = ['tsc=reliable', f'tsc_early_khz={IPS // 1000}', 'idle=halt']
    if clear:
        args.append(f"clearcpuid={','.join(str(FEATURES[name]) for name in clear)}")
    if model in NOXSAVE:
        args.append('noxsave')
    return args


# Panics of the emulator's that the boot goes on after: powering off is one; it has no monitor of SMM for VMCALL to
# call, and goes on with the next instruction; its table of VMCS fields is set up for the first CPU only, so that on
# the others VMREAD takes encodings that are none, and then fails an assertion; and models without the monitor trap flag
# accept an event of type 7 (the SDM: VMfail, error 7), complain twice, and deliver its vector like an interrupt.
KNOWN_PANIC = re.compile(r'ACPI control: soft power off|VMCALL: not implemented yet|CPU[1-9]\d* *\].*failed assertion|'
                         r'VMENTER: unsupported event injection type 7 !|interrupt\(\): unknown exception type 7')


def panic(work):
    """What the emulator did not know how to go on after, or None."""
    path = os.path.join(work, 'emulator.log')
    if not os.path.exists(path):
        return None
    with open(path, encoding='utf-8', errors='replace') as f:
        return next((line.strip() for line in f if '>>PANIC<<' in line and not KNOWN_PANIC.search(line)), None)


def was_reset(work):
    """Whether the guest had the machine reset: Bochs says so, as it does of the reset that it begins with."""
    path = os.path.join(work, 'emulator.log')
    if not os.path.exists(path):
        return False
    with open(path, encoding='utf-8', errors='replace') as f:
        return f.read().count('Reset(HARDWARE) called') > 1


def models():
    listing = subprocess.run(['bochs', '--help', 'cpu'], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             check=False).stdout
    return [line for line in listing.splitlines() if line and ' ' not in line and line[0].isalpha()]


def open_bios(path, others):
    """A BIOS that leaves the boot CPU's IA32_FEATURE_CONTROL for the loader to write, and the others' at a value."""
    with open(BIOS, 'rb') as f:
        image = f.read()
    for code, value in ((BIOS_BOOT_CPU, 0), (BIOS_OTHER_CPUS, 5 if others is None else others)):
        if image.count(code) != 1 or not 0 <= value < 0x80:
            raise ValueError('cannot have this IA32_FEATURE_CONTROL with this BIOS')
        image = image.replace(code, code[:-3] + bytes([value]) + code[-2:])
    with open(path, 'wb') as f:
        f.write(image)


def command(work, options, payload, console):
    """How to start it; it writes what the guest sends to the debug port on its standard output."""
    image = os.path.join(work, 'disk')
    disk.build(image, payload, options.memory << 20, options.feature_control)
    with open(image, 'r+b') as f:
        # The geometry is worked out from the size, and a cylinder that is not whole is not there.
        f.truncate(-(-os.path.getsize(image) // CYLINDER) * CYLINDER)
    bios = BIOS
    if options.feature_control is not None or options.feature_control_others is not None:
        bios = os.path.join(work, 'bios')
        open_bios(bios, options.feature_control_others)
    config, debugger = os.path.join(work, 'bochsrc'), os.path.join(work, 'debugger')
    with open(config, 'w', encoding='ascii') as f:
        cpus = ''.join(f', cpu{cpu}=report' for cpu in range(options.cpus))
        f.write(CONFIG.format(memory=options.memory, model=options.model, cpus=options.cpus, reported=cpus, ips=IPS,
                              bios=bios, disk=image, console=console, log=os.path.join(work, 'emulator.log')))
    with open(debugger, 'w', encoding='ascii') as f:
        f.write('c\n')  # Debian's Bochs starts in its debugger
    return ['bochs', '-q', '-f', config, '-rc', debugger]
